import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a program ended, and what it wrote. */
export interface Outcome {
  /** Exit code; `null` after a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The root of the repository. */
export const repository = new URL('../../../', import.meta.url);

/** Runs `node` with these arguments in the root of the repository; after 10 s the program is killed. */
export function runProgram(...args: readonly string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const options = { cwd: fileURLToPath(repository), timeout: 10_000 };
    const child = execFile(process.execPath, args, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
