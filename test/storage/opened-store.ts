import { expect } from 'chai';
import { storable } from '../../lib/storage/storable.js';
import type { PathInput } from '../../lib/storage/storage-path.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type {
  Commit,
  Storable,
  Store,
  StoredChange,
  StoredEntry,
  StoreLimits,
  StoreSnapshot,
  Write,
} from '../../lib/storage/store.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';
import { until } from '../support/with-deadline.js';

/** A store as a suite gets it: not opened yet. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Removes what it has left on a disk, after it was closed. */
  cleanup?(): void | Promise<void>;
}

export const roomy: StoreLimits = { maxDepth: 32, maxKeys: 10_000, maxBytes: 1_000_000, maxValueBytes: 100_000 };

/** One call of `committed`. */
export interface Told {
  readonly changes: readonly StoredChange[];
  readonly origin: unknown;
}

type Options<T extends Write['type']> = Partial<Omit<Extract<Write, { readonly type: T }>, 'type' | 'path'>>;

/** What a user would call the writes of a store. */
export const write = {
  set: (path: PathInput, value: unknown, options: Options<'set'> = {}): Write => ({
    ...options,
    type: 'set',
    path: parsePath(path),
    value: storable(value, roomy).value,
  }),
  delete: (path: PathInput, options: Options<'delete'> = {}): Write => ({
    ...options,
    type: 'delete',
    path: parsePath(path),
  }),
  increment: (path: PathInput, by = 1, options: Options<'increment'> = {}): Write => ({
    ...options,
    type: 'increment',
    path: parsePath(path),
    by,
  }),
  check: (path: PathInput, ifVersion: number): Write => ({ type: 'check', path: parsePath(path), ifVersion }),
  restore: (value: { readonly [key: string]: Storable }, expiries: Readonly<Record<string, number>> = {}): Write => ({
    type: 'restore',
    path: parsePath(''),
    value: storable(value, roomy).value as typeof value,
    expiries: Object.entries(expiries).map(([path, expiresAt]) => ({ path: parsePath(path), expiresAt })),
  }),
};

/** A store that is open, with a clock that stands still; it remembers what it was told. */
export class OpenedStore {
  readonly clock = new FakeClock(1_000);
  readonly told: Told[] = [];
  readonly #subject: StoreUnderTest;

  private constructor(subject: StoreUnderTest) {
    this.#subject = subject;
  }

  static async open(subject: StoreUnderTest, limits: Partial<StoreLimits> = {}): Promise<OpenedStore> {
    const opened = new OpenedStore(subject);
    const committed = (changes: readonly StoredChange[], origin: unknown) => opened.told.push({ changes, origin });
    await subject.store.open({ clock: opened.clock, limits: { ...roomy, ...limits }, committed });
    return opened;
  }

  get store(): Store {
    return this.#subject.store;
  }

  /** What it was told, as `type path value`. */
  get log(): string[] {
    return this.told.flatMap(({ changes }) =>
      changes.map(({ type, path, value }) => `${type} ${path.text} ${JSON.stringify(value) ?? ''}`.trim()),
    );
  }

  async commit(...writes: readonly Write[]): Promise<Commit> {
    return this.store.commit(writes);
  }

  /** The result of the only write. */
  async result(only: Write): Promise<number | boolean | undefined> {
    return (await this.commit(only)).results[0];
  }

  /** The details of the error with which the writes are refused. */
  async refusal(code: string, ...writes: readonly Write[]): Promise<Record<string, unknown> | undefined> {
    const error = await rejection(() => this.commit(...writes));
    expect(error).to.include({ code });
    return error.details;
  }

  peek(path: PathInput): Storable | undefined {
    return this.store.peek(parsePath(path));
  }

  async entry(path: PathInput): Promise<StoredEntry | undefined> {
    return this.store.entry(parsePath(path));
  }

  async value(path: PathInput): Promise<Storable | undefined> {
    return (await this.entry(path))?.value;
  }

  /** 0 for nothing. */
  async version(path: PathInput): Promise<number> {
    return (await this.entry(path))?.version ?? 0;
  }

  async expiry(path: PathInput): Promise<number | undefined> {
    return (await this.entry(path))?.expiresAt;
  }

  async keys(path: PathInput): Promise<string[]> {
    return [...(await this.store.keys(parsePath(path)))].sort();
  }

  async snapshot(): Promise<StoreSnapshot> {
    return this.store.snapshot();
  }

  /** Waits until it was told so many times. */
  async toldTimes(times: number): Promise<void> {
    await until(() => this.told.length >= times, 5_000, `call number ${times} of \`committed\``);
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.#subject.cleanup?.();
  }
}

/** Whether nobody can change anything of it. */
export function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}
