import { StorageConflictError, StorageLimitError, StorageTypeError } from '../errors/storage-errors.js';
import type { Clock } from '../util/clock.js';
import type { Contents, RestoreWrite, SetWrite, Step } from './contents.js';
import { weightOfKey } from './size.js';
import type { StoragePath } from './storage-path.js';
import type { StoredChange, StoreLimits, Write } from './store.js';
import { kindOf } from './tree.js';

/** What a transaction is carried out on. */
export interface Scene {
  readonly contents: Contents;
  /** The number of the last write. */
  readonly version: number;
  readonly clock: Clock;
  readonly limits: StoreLimits;
}

/** Writes that are carried out one after another, all or none. */
export class Transaction {
  readonly changes: StoredChange[] = [];
  readonly results: (number | boolean)[] = [];
  /** The number of the last write. */
  version: number;
  readonly #scene: Scene;
  readonly #contents: Contents;
  readonly #steps: Step[] = [];

  constructor(scene: Scene) {
    this.version = scene.version;
    this.#scene = scene;
    this.#contents = scene.contents;
  }

  /** Carries out the writes; when it throws, nothing has changed. */
  carryOut(writes: readonly Write[]): this {
    const { keys, weight } = this.#contents;
    try {
      for (const write of writes) this.results.push(this.#carryOut(write));
      this.#checkLimits(keys, weight);
    } catch (error) {
      for (const step of this.#steps.reverse()) this.#contents.undo(step);
      throw error;
    }
    // Nobody else gets the number of an empty one: that is what it is good for.
    if (writes.length === 0) this.version++;
    return this;
  }

  #carryOut(write: Write): number | boolean {
    if (write.type !== 'restore' && write.ifVersion !== undefined) this.#checkVersion(write.path, write.ifVersion);
    switch (write.type) {
      case 'set':
        return this.#set(write);
      case 'delete':
        return this.#delete(write.path);
      case 'increment':
        return this.#increment(write.path, write.by);
      case 'check':
        return write.ifVersion;
      case 'restore':
        return this.#restore(write);
      default:
        throw new TypeError(`No store knows of such a write: ${write satisfies never}`);
    }
  }

  #set(write: Omit<SetWrite, 'type'>): number {
    const step = this.#contents.set(write, this.version + 1);
    this.#note(step, { type: 'set', path: write.path, value: write.value });
    return this.version;
  }

  #delete(path: StoragePath): boolean {
    const step = this.#contents.remove(path, this.version + 1);
    if (step === undefined) return false;

    this.#note(step, { type: 'delete', path, value: undefined });
    return true;
  }

  #increment(path: StoragePath, by: number): number {
    const before = this.#contents.get(path);
    if (before !== undefined && typeof before !== 'number') throw noNumber(path, kindOf(before));

    const value = (before ?? 0) + by;
    if (!Number.isFinite(value)) throw noNumber(path, 'a number that grew beyond all bounds');

    this.#set({ path, value, keepExpiry: true });
    return value;
  }

  #restore(write: RestoreWrite): number {
    const step = this.#contents.restore(write, this.version + 1, this.#scene.clock.date());
    const value = this.#contents.read(write.path);
    this.#note(step, { type: 'set', path: write.path, value });
    return this.version;
  }

  #note(step: Step, { type, path, value }: Pick<StoredChange, 'type' | 'path' | 'value'>): void {
    this.#steps.push(step);
    if (step.growth.depth > this.#scene.limits.maxDepth) throw tooMuch('maxDepth', this.#scene.limits);

    const weight = step.growth.written + weightOfKey(path.text);
    const change = { version: ++this.version, type, path, value, expiresAt: step.deadline?.expiresAt, weight };
    const made = type === 'set' ? path.segments.length - 1 - step.marked.level : 0;
    this.changes.push(made > 0 ? { ...change, made } : change);
  }

  #checkVersion(path: StoragePath, expected: number): void {
    const version = this.#contents.versionOf(path);
    if (version === expected) return;

    const wanted = expected === 0 ? 'nothing to be there' : `version ${expected}`;
    const message = `${quoted(path)} has version ${version}, but the write wants ${wanted}`;
    throw new StorageConflictError(message, { path: path.text, expected, version });
  }

  /** What only gets less may do so, also where there is too much of it. */
  #checkLimits(keys: number, weight: number): void {
    const { contents, limits } = this.#scene;
    if (contents.keys > limits.maxKeys && contents.keys > keys) throw tooMuch('maxKeys', limits);
    if (contents.weight > limits.maxBytes && contents.weight > weight) throw tooMuch('maxBytes', limits);
  }
}

function quoted({ text }: StoragePath): string {
  return text === '' ? 'The root of the storage' : `\`${text}\` in the storage`;
}

function noNumber(path: StoragePath, found: string): StorageTypeError {
  return new StorageTypeError(`${quoted(path)} cannot be incremented: it is ${found}`, { path: path.text, found });
}

const excesses = {
  maxDepth: 'it would be nested too deep',
  maxKeys: 'there would be too many keys',
  maxBytes: 'there would be too much data',
};

function tooMuch(limit: keyof typeof excesses, limits: StoreLimits): StorageLimitError {
  const most = limits[limit];
  return new StorageLimitError(`The storage refuses the write: ${excesses[limit]} (\`${limit}\` is ${most})`, {
    limit,
    most,
  });
}
