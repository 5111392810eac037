import { execFile } from 'node:child_process';

/** How a program is run. */
export interface RunOptions {
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** After this many milliseconds the program is killed. @default 60_000 */
  readonly timeout?: number | undefined;
}

/** What a program that ended well has written to its standard output; what it wrote is in the error if it did not. */
export function run(
  file: string,
  args: readonly string[],
  { cwd, env, timeout = 60_000 }: RunOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout, maxBuffer: 16 * 1024 * 1024 };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);

      reject(new Error(`${[file, ...args].join(' ')} failed (${error.code})\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}
