import type { Write } from '../storage/store.js';
import type { WorkerHandle } from './worker-handle.js';

/** A write that somebody asks for, as the event `storageChange` shows it; all of a transaction come in one event. */
export type StorageWrite = {
  readonly [T in Write['type']]: Omit<Extract<Write, { type: T }>, 'path' | 'keepExpiry' | 'expiries'> & {
    readonly path: string;
  };
}[Write['type']];

/** Somebody writes to the shared storage. */
export interface StorageChangeEventData {
  /** What is asked for: the steps of a transaction, or a single one. */
  readonly writes: readonly StorageWrite[];
  /** Who asks; `undefined` for the primary itself. */
  readonly worker: WorkerHandle | undefined;
  /** That of the storage after it; `undefined` before. */
  readonly version: number | undefined;
}

/** What the event `storageChange` carries: how to carry out what it tells of, too. */
export class StorageChangeData implements StorageChangeEventData {
  readonly worker: WorkerHandle | undefined;
  readonly #writes: readonly Write[];
  readonly #apply: () => number | undefined;
  #shown: readonly StorageWrite[] | undefined;
  #version: number | undefined;
  #isApplied = false;

  constructor(writes: readonly Write[], worker: WorkerHandle | undefined, apply: () => number | undefined) {
    this.#writes = writes;
    this.worker = worker;
    this.#apply = apply;
  }

  get writes(): readonly StorageWrite[] {
    this.#shown ??= Object.freeze(this.#writes.map(shown));
    return this.#shown;
  }

  get version(): number | undefined {
    return this.#version;
  }

  /** Carries it out, once; returns whether it took place. @internal */
  static apply(data: object): boolean {
    if (!(data instanceof StorageChangeData) || data.#isApplied) return false;

    data.#isApplied = true;
    data.#version = data.#apply();
    return data.#version !== undefined;
  }
}

function shown(write: Write): StorageWrite {
  const { path, ...rest } = write;
  const { keepExpiry, expiries, ...facts } = { keepExpiry: undefined, expiries: undefined, ...rest };
  return Object.freeze({ ...facts, path: path.text }) as StorageWrite;
}
