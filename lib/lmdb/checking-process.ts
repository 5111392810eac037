import { StorageFailedError } from '../errors/storage-errors.js';
import type { CopyOptions } from './checked-copy.js';
import { corrupt } from './inspection.js';
import type { Verdict } from './lmdb-check.js';

/** How a process has ended, and what it has written. */
interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly complaints: string;
}

/** Signals by which somebody else ends a process. */
const sentByOthers: readonly (NodeJS.Signals | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * Has another process check a database and copy it: a file that is damaged may crash whoever looks at it.
 *
 * @param script what the process runs.
 * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`, if the source is not what was written;
 * {@link StorageFailedError} with code `CLUSTER_STORAGE_FAILED`, if nobody can tell
 */
export async function copyInProcess(options: CopyOptions, script = checkScript()): Promise<void> {
  const { source, target, store } = options;
  const ending = await run([script, source, target, store]).catch(cause => {
    throw unchecked(store, 'no process could be started for it', cause);
  });
  const [last, ...before] = verdictsOf(ending).reverse();
  if (last?.verdict === 'sound') return;
  if (last?.verdict === 'corrupt') throw corrupt(store, last.reason);
  if (last?.verdict === 'failed') throw unchecked(store, last.reason);

  const end = ending.signal ?? `exit code ${ending.code}`;
  const hasBegun = last !== undefined || before.length > 0;
  if (hasBegun && !sentByOthers.includes(ending.signal)) throw corrupt(store, `lmdb crashed when it read it (${end})`);

  throw unchecked(store, `the process that does it ended with ${end}`, ending.complaints || undefined);
}

function unchecked(store: string, reason: string, cause?: unknown): StorageFailedError {
  return new StorageFailedError(`The data at ${store} could not be checked: ${reason}`, { store }, { cause });
}

function verdictsOf({ output }: Ending): Verdict[] {
  const lines = output.split('\n').filter(line => line.startsWith('{"verdict"'));
  return lines.map(line => JSON.parse(line));
}

function run(args: readonly string[]): Promise<Ending> {
  const { execFile } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, { windowsHide: true }, (error, output, complaints) => {
      if (child.pid === undefined) reject(error);
      else resolve({ code: child.exitCode, signal: child.signalCode, output, complaints });
    });
  });
}

function checkScript(): string {
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  // Where a bundler has made something else of this module there is no URL, and no file beside it either.
  return URL.canParse('./lmdb-check.js', import.meta.url)
    ? fileURLToPath(new URL('./lmdb-check.js', import.meta.url))
    : 'lmdb-check.js';
}
