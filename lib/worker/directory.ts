import { BackpressureError, RequestTimeoutError } from '../errors/errors.js';
import { fromPrimaryError } from '../errors/wire-error.js';
import { dispatchType, isWellFormedType } from '../protocol/dispatch.js';
import type { Found, Seek } from '../protocol/frame.js';
import type { Clock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';

/** What is to be sent, and how long it can wait for somebody to go to. */
export interface Errand {
  /** A worker's id, its name, or what the primary is to select by. */
  readonly to: unknown;
  readonly message: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, for a request: that goes to one, and waits for it; `Infinity` is allowed. */
  readonly timeout?: number | undefined;
  /** Workers that are not meant. */
  readonly not?: readonly number[] | undefined;
}

/** What a {@link Directory} is made with. */
export interface DirectoryParts {
  readonly clock: Clock;
  /** Asks the primary who is meant. */
  readonly seek: (id: number, seek: Seek) => void;
  /** How many errands may wait; one more is refused. @default Infinity */
  readonly most?: number | undefined;
}

/** An errand that waits for its turn. */
interface Waiting {
  /** Set once it is known who is meant. */
  ids?: readonly number[];
  readonly name: string | undefined;
  readonly go: (ids: readonly number[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Finds the workers that a destination means, by asking the primary where that is necessary.
 *
 * Errands are run in the order of the calls: while the primary is asked, later ones wait in line, whomever they are for.
 * One whose receiver is still to come leaves the line, and is run when it is there.
 */
export class Directory {
  readonly #parts: DirectoryParts;
  readonly #names = new Map<string, number>();
  /** In order. */
  readonly #line = new Map<number, Waiting>();
  /** Those whose receivers are still to come. */
  readonly #aside = new Map<number, Waiting>();
  #lastId = 0;
  #placed: Deferred<void> | undefined;
  #closed: { readonly reason: unknown } | undefined;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
  }

  /** How many errands wait. */
  get size(): number {
    return this.#line.size + this.#aside.size;
  }

  /** The one that is meant, if that is known and nobody waits in line. */
  known(to: unknown): number | undefined {
    if (this.#line.size > 0) return undefined;
    if (typeof to === 'number') return to;
    return typeof to === 'string' ? this.#names.get(to) : undefined;
  }

  /** Calls `use` when it is the errand's turn, and resolves with what comes of it; rejects with why nobody is meant. */
  find<T>(errand: Errand, use: (ids: readonly number[]) => T | Promise<T>): Promise<T> {
    const refusal = this.#refusal(errand);
    if (refusal !== undefined) return Promise.reject(refusal.reason);

    const id = ++this.#lastId;
    return new Promise<T>((resolve, reject) => {
      const tidy = this.#limit(id, errand);
      const go = (ids: readonly number[]) => {
        tidy();
        try {
          resolve(use(ids));
        } catch (error) {
          reject(error);
        }
      };
      const fail = (error: unknown) => {
        tidy();
        reject(error);
      };
      this.#join(id, errand, { name: typeof errand.to === 'string' ? errand.to : undefined, go, fail });
    });
  }

  /** The primary has answered. What nobody waits for any longer is ignored. */
  found(id: number, found: Found): void {
    const waiting = this.#line.get(id) ?? this.#aside.get(id);
    if (waiting === undefined) return;

    if (found === 'later') {
      this.#line.delete(id);
      this.#aside.set(id, waiting);
    } else if ('error' in found) this.#drop(id, fromPrimaryError(found.error));
    else if (this.#aside.delete(id)) waiting.go(found);
    else this.#place(waiting, found);
    this.#advance();
  }

  /** Resolves when nobody waits in line any more: whom everything is for that was sent so far is known, or has yet to come. */
  async placed(): Promise<void> {
    if (this.#line.size === 0) return;

    this.#placed ??= new Deferred();
    await this.#placed.promise;
  }

  /** A worker leaves: its name stands for another from now on. */
  forget(workerId: number): void {
    for (const [name, id] of this.#names) if (id === workerId) this.#names.delete(name);
  }

  /** Nobody can be asked any more: whoever waits is told. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    for (const id of [...this.#line.keys(), ...this.#aside.keys()]) this.#drop(id, reason);
    this.#advance();
  }

  #refusal({ signal }: Errand): { readonly reason: unknown } | undefined {
    if (signal?.aborted === true) return { reason: signal.reason };
    if (this.#closed !== undefined) return this.#closed;
    return this.size < (this.#parts.most ?? Number.POSITIVE_INFINITY) ? undefined : { reason: tooMany() };
  }

  #join(id: number, { to, message, timeout, not }: Errand, waiting: Waiting): void {
    this.#line.set(id, waiting);
    if (typeof to === 'number') {
      waiting.ids = [to];
      this.#advance();
      return;
    }
    const one = timeout === undefined ? {} : { one: true, ...(Number.isFinite(timeout) ? { timeout } : {}) };
    this.#parts.seek(id, { to, tag: tagOf(message), ...one, ...(not === undefined ? {} : { not }) });
  }

  /** Gives the errand up when its time is over, or its signal says so; returns what ends that. */
  #limit(id: number, { signal, timeout, message }: Errand): () => void {
    const late = () => this.#giveUp(id, timeoutError(message, Number(timeout)));
    const timer = timeout === undefined ? undefined : this.#parts.clock.after(timeout, late);
    const abort = () => this.#giveUp(id, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    return () => {
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
    };
  }

  /** Only a name that was known at once is remembered: others may still wait for the same one, and come first. */
  #place(waiting: Waiting, ids: readonly number[]): void {
    const [id] = ids;
    waiting.ids = ids;
    if (waiting.name !== undefined && id !== undefined) this.#names.set(waiting.name, id);
  }

  #giveUp(id: number, reason: unknown): void {
    this.#drop(id, reason);
    this.#advance();
  }

  #drop(id: number, reason: unknown): void {
    const waiting = this.#line.get(id) ?? this.#aside.get(id);
    this.#line.delete(id);
    this.#aside.delete(id);
    waiting?.fail(reason);
  }

  #advance(): void {
    for (const [id, { ids, go }] of this.#line) {
      if (ids === undefined) return;

      this.#line.delete(id);
      go(ids);
    }
    this.#placed?.resolve();
    this.#placed = undefined;
  }
}

/** A type that nobody can have a handler for has no turns of its own either. */
function tagOf(message: unknown): string {
  const type = dispatchType(message);
  return type !== undefined && isWellFormedType(type) ? type : '';
}

function timeoutError(message: unknown, timeout: number): RequestTimeoutError {
  const type = dispatchType(message);
  return new RequestTimeoutError(`No worker was there to answer \`${type}\` within ${timeout} ms`, { type, timeout });
}

function tooMany(): BackpressureError {
  const limit = 'maxQueuedMessages';
  return new BackpressureError(`Too much waits for the primary to say whom it is for (\`${limit}\`)`, {
    peer: 'the primary',
    limit,
  });
}
