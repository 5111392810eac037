import type { RootDatabase } from 'lmdb';
import type { Lmdb } from './load-lmdb.js';
import type { Step } from './record.js';

/** How a database is opened. */
export interface DatabaseOptions {
  /** Whether a transaction is on the disk before it counts as written; otherwise the operating system has it. */
  readonly sync: boolean;
  /** Nothing is written. @default false */
  readonly readOnly?: boolean | undefined;
}

/** One file of lmdb with keys and values of bytes. */
export class Database {
  readonly #database: RootDatabase<Buffer, Buffer>;

  /** Opens the file, which is made if it is missing. What is no file of lmdb may crash the process. */
  constructor({ open }: Lmdb, file: string, { sync, readOnly = false }: DatabaseOptions) {
    this.#database = open<Buffer, Buffer>(file, {
      encoding: 'binary',
      keyEncoding: 'binary',
      noSubdir: true,
      noSync: !sync,
      // Without it a transaction is on the disk when its promise resolves, as lmdb itself has it.
      overlappingSync: false,
      readOnly,
    });
  }

  /** All there is, in the order of the keys. The bytes are of no use any more when the next are asked for. */
  entries(): Iterable<{ readonly key: Buffer; readonly value: Buffer }> {
    return this.#database.getRange();
  }

  /** Carries out all steps in one transaction. Resolves when that is durable; the bytes must not change before. */
  async write(steps: Iterable<Step>): Promise<void> {
    try {
      await this.#database.batch(() => {
        for (const { key, bytes } of steps) {
          if (bytes === undefined) this.#database.remove(key);
          else this.#database.put(key, bytes);
        }
      });
    } catch (error) {
      throw await commitErrorOf(error);
    }
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** What has really happened: lmdb rejects with an error that holds the promise of another. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return error;

  return Promise.resolve(error.commitError).catch((cause: unknown) => cause);
}
