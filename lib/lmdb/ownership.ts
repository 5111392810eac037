import { StorageFailedError } from '../errors/storage-errors.js';

/** Who owns a directory. */
interface Owner {
  readonly pid: number;
  /** When the process was started, as the system tells it; `undefined` where it does not. */
  readonly started: string | undefined;
}

/**
 * That a directory belongs to this process, and to no other one on this machine: two would overwrite each other's writes.
 *
 * A process that died leaves its mark behind, which the next one takes away. On Linux a process of the same id that was started
 * at another time is not taken for it; elsewhere it is.
 */
export class Ownership {
  readonly #file: string;
  #isHeld = true;

  private constructor(file: string) {
    this.#file = file;
  }

  /** @throws {@link StorageFailedError} with code `CLUSTER_STORAGE_FAILED`, if another process has it, or this one already. */
  static claim(directory: string): Ownership {
    const { join } = process.getBuiltinModule('node:path');
    const file = join(directory, 'owner.json');
    for (let attempt = 0; attempt < 10; attempt++) {
      if (put(file)) return new Ownership(file);

      const found = read(file);
      const owner = found === undefined ? undefined : ownerIn(found);
      if (owner !== undefined && isAlive(owner)) throw taken(directory, owner, file);

      if (found !== undefined) takeAway(file, found);
    }
    throw new StorageFailedError(`Others are about to open the data at ${directory}`, { store: directory });
  }

  /** Gives it to whoever comes next. Called again, it does nothing. */
  release(): void {
    if (!this.#isHeld) return;

    this.#isHeld = false;
    process.getBuiltinModule('node:fs').rmSync(this.#file, { force: true });
  }
}

/** A file that appears with all that is in it, or not at all. @returns false if there is one already */
function put(file: string): boolean {
  const { linkSync, rmSync, writeFileSync } = process.getBuiltinModule('node:fs');
  const draft = draftOf(file);
  try {
    writeFileSync(draft, JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Owner));
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Takes away what was left behind, unless somebody else has done so, and put his own there. */
function takeAway(file: string, expected: string): void {
  const { linkSync, renameSync, rmSync } = process.getBuiltinModule('node:fs');
  const aside = draftOf(file);
  try {
    renameSync(file, aside);
    if (read(aside) !== expected) linkSync(aside, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function draftOf(file: string): string {
  return `${file}.${process.pid}.${process.getBuiltinModule('node:crypto').randomUUID()}`;
}

function read(file: string): string | undefined {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function ownerIn(text: string): Owner | undefined {
  try {
    const { pid, started } = JSON.parse(text);
    return Number.isSafeInteger(pid) ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return startOf(pid) === started;
}

/** The boot of the machine, and the ticks from then to the start; other than that of any process for one that has ended. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;

  const status = read(`/proc/${pid}/stat`) ?? '';
  const boot = read('/proc/sys/kernel/random/boot_id') ?? '';
  // The name of the program, in brackets, may hold anything. Behind it: the state, and as the 20th field the start.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'ended' : `${boot.trim()} ${fields[19]}`;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function taken(store: string, { pid }: Owner, file: string): StorageFailedError {
  const who = pid === process.pid ? 'This process' : `Process ${pid}`;
  const message = `${who} has opened the data at ${store} already; if that is not so, delete ${file}`;
  return new StorageFailedError(message, { store });
}
