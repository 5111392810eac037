import { WatchOverflowError } from '../errors/storage-errors.js';
import { Deferred } from '../util/deferred.js';
import { whenAborted } from '../util/when-aborted.js';
import type { StorageChange, StorageWatch } from './shared-storage.js';
import type { StoragePath } from './storage-path.js';

type Result = IteratorResult<StorageChange, undefined>;

/** What a {@link Watch} is made with. */
export interface WatchSettings {
  readonly path: StoragePath;
  /** After which write it begins. */
  readonly version: number;
  /** See {@link Watch.exists}. */
  readonly exists: boolean | undefined;
  readonly maxQueued: number;
  readonly signal?: AbortSignal | undefined;
  /** Told, once, when it takes nothing more. */
  ended(watch: Watch): void;
}

/**
 * Changes on their way to a loop: they wait, a limited number of them, until they are read.
 *
 * When one more comes it takes nothing any longer: the loop reads what waits, then gets the error that names the last
 * version it has read. So it knows exactly where to go on.
 */
export class Watch implements StorageWatch {
  readonly path: StoragePath;
  /** Whether there is something at the path since the last change that it took; `undefined` if nobody knows. */
  exists: boolean | undefined;
  readonly #settings: WatchSettings;
  /** What came, oldest first. */
  #arrived: StorageChange[] = [];
  /** What is read next, oldest last: taking the first of a long array would cost as much as the array is long. */
  #waiting: StorageChange[] = [];
  readonly #readers: Deferred<Result>[] = [];
  #stopListening = () => {};
  #version: number;
  #ended = false;
  /** Makes what the loop fails with when it has read everything: only then it is known what that is. */
  #failure: (() => unknown) | undefined;

  constructor(settings: WatchSettings) {
    this.#settings = settings;
    this.path = settings.path;
    this.exists = settings.exists;
    this.#version = settings.version;
    this.#listen(settings.signal);
  }

  get version(): number {
    return this.#version;
  }

  /** Whether it takes nothing more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** How many changes wait to be read. */
  get queued(): number {
    return this.#arrived.length + this.#waiting.length;
  }

  /** Takes a change, the path of which is this one or one below; from nothing to nothing is none. */
  push(change: StorageChange): void {
    if (this.#ended || this.#isNoNews(change)) return;

    this.exists = change.value !== undefined || change.path !== this.path.text;
    const reader = this.#readers.shift();
    if (reader) reader.resolve(this.#read(change));
    else if (this.queued < this.#settings.maxQueued) this.#arrived.push(change);
    else this.#finish(() => this.#overflow());
  }

  /** Takes nothing more; the loop fails when it has read what waits. */
  fail(error: unknown): void {
    this.#finish(() => error);
  }

  /** The same, with an error that is made when the loop has read what waits: only then {@link version} is what it is. */
  failLater(makeError: (watch: Watch) => unknown): void {
    this.#finish(() => makeError(this));
  }

  /** Takes nothing more; the loop ends when it has read what waits. */
  end(): void {
    this.#finish(undefined);
  }

  next(): Promise<Result> {
    const change = this.#take();
    if (change !== undefined) return Promise.resolve(this.#read(change));

    const reader = new Deferred<Result>();
    if (this.#ended) this.#tellEnd(reader);
    else this.#readers.push(reader);
    return reader.promise;
  }

  /** Ends it; what nobody asked for yet is dropped. */
  return(): Promise<Result> {
    this.#leave(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave(undefined);
  }

  #isNoNews({ value, type }: StorageChange): boolean {
    return value === undefined && this.exists === false && type !== 'initial';
  }

  #read(change: StorageChange): Result {
    this.#version = change.version;
    return { done: false, value: change };
  }

  #take(): StorageChange | undefined {
    if (this.#waiting.length === 0) {
      this.#waiting = this.#arrived.reverse();
      this.#arrived = [];
    }
    return this.#waiting.pop();
  }

  #listen(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;

    const abort = () => this.#leave(() => signal.reason);
    if (signal.aborted) abort();
    else this.#stopListening = whenAborted(signal, abort);
  }

  #finish(failure: (() => unknown) | undefined): void {
    if (this.#ended) return;

    this.#ended = true;
    this.#failure = failure;
    this.#settings.ended(this);
    for (const reader of this.#readers.splice(0)) this.#tellEnd(reader);
    if (this.queued === 0) this.#stopListening();
  }

  /** Nobody wants what waits, nor to know how it would have ended. */
  #leave(failure: (() => unknown) | undefined): void {
    this.#arrived = [];
    this.#waiting = [];
    if (this.#ended) this.#failure = failure;
    else this.#finish(failure);
    this.#stopListening();
  }

  /** A loop that failed is over: who asks again is told so. */
  #tellEnd(reader: Deferred<Result>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    this.#stopListening();
    if (failure === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(failure());
  }

  #overflow(): WatchOverflowError {
    const [path, version] = [this.path.text, this.#version];
    const where = path === '' ? 'everything' : `\`${path}\``;
    return new WatchOverflowError(
      `A watch of ${where} was read too slowly: more than ${this.#settings.maxQueued} changes waited. To go on without a gap, watch since version ${version}`,
      { path, version },
    );
  }
}
