import type { SendHandle } from 'node:child_process';
import { BackpressureError, ChannelClosedError, UnserializableMessageError } from '../errors/errors.js';
import { type Frame, frameBody } from '../protocol/frame.js';
import { type Unserializable, weighMessage } from '../protocol/json-safe.js';
import { Deferred } from '../util/deferred.js';
import { Backlog } from './backlog.js';
import type { Channel } from './channel.js';
import { OutboxEntry } from './outbox-entry.js';
import { enoughFrames, mostWrites, worthGathering } from './outbox-rules.js';

/** How much may wait, and who hears of failures. */
export interface OutboxOptions {
  /** How many frames may be on their way; more user frames are refused. @default Infinity */
  readonly maxQueuedMessages?: number | undefined;
  /** How many bytes, roughly, may be on their way. @default Infinity */
  readonly maxQueuedBytes?: number | undefined;
  /** Hears of every frame that could not be sent, except of one that its sender withdrew. */
  readonly onFailure?: ((error: unknown, frame: Frame) => void) | undefined;
}

/** How a frame is posted. */
export interface PostOptions {
  readonly handle?: SendHandle | undefined;
  /** Whether the frame waits while the outbox is corked, and counts for its limits: user frames do. @default false */
  readonly hold?: boolean | undefined;
}

/** How a frame is sent: like {@link PostOptions}, and abortable. */
export interface SendOptions extends PostOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends frames in batches: at once while no write is outstanding; what is sent before that write's callback goes as one.
 *
 * Frames are kept by reference until they are written, and leave in the order of the calls.
 */
export class Outbox {
  readonly #channel: Channel;
  readonly #maxQueuedMessages: number;
  readonly #maxQueuedBytes: number;
  readonly #onFailure: (error: unknown, frame: Frame) => void;
  /** To be written next. */
  readonly #queue = new Backlog();
  /** To be queued when the cork is pulled. */
  readonly #held = new Set<OutboxEntry>();
  readonly #waitingForDrain: Deferred<void>[] = [];
  #corked = false;
  #flushing = false;
  #gathering = false;
  #outstanding = 0;
  #pending = 0;
  #pendingBytes = 0;
  #closed: { readonly reason: unknown } | undefined;

  constructor(channel: Channel, options: OutboxOptions = {}) {
    this.#channel = channel;
    this.#maxQueuedMessages = options.maxQueuedMessages ?? Number.POSITIVE_INFINITY;
    this.#maxQueuedBytes = options.maxQueuedBytes ?? Number.POSITIVE_INFINITY;
    this.#onFailure = options.onFailure ?? (() => {});
  }

  /** How many frames the operating system has not taken yet. */
  get pending(): number {
    return this.#pending;
  }

  get corked(): boolean {
    return this.#corked;
  }

  /**
   * Resolves, with `outcome`, when the operating system took the frame: whoever sends for somebody else needs no promise
   * besides. It may be ignored: `onFailure` hears of it too.
   */
  send(frame: Frame, options?: SendOptions): Promise<void>;
  send<T>(frame: Frame, options: SendOptions, outcome: T): Promise<T>;
  send(frame: Frame, { handle, hold = false, signal }: SendOptions = {}, outcome?: unknown): Promise<unknown> {
    const entry = new OutboxEntry(frame, handle);
    const promise = entry.promise(outcome);
    if (signal?.aborted === true) {
      entry.fail(signal.reason);
      return promise;
    }
    this.#admit(entry, hold);
    if (signal !== undefined && entry.waiting) {
      entry.abortBy(signal, () => {
        if (this.withdraw(entry)) entry.fail(signal.reason);
      });
    }
    return promise;
  }

  /** Like `send`, without a promise: only `onFailure` hears of a failure. */
  post(frame: Frame, { handle, hold = false }: PostOptions = {}): OutboxEntry {
    const entry = new OutboxEntry(frame, handle);
    this.#admit(entry, hold);
    return entry;
  }

  /** Takes back what was not written yet; returns whether it was in time. */
  withdraw(entry: OutboxEntry): boolean {
    if (!entry.waiting) return false;

    entry.leave();
    if (!this.#held.delete(entry)) this.#queue.withdrawn(entry);
    this.#forget(entry);
    return true;
  }

  /** From now on, frames posted with `hold` wait. */
  cork(): void {
    this.#corked = true;
  }

  /** Sends what was held, in order. */
  uncork(): void {
    this.#corked = false;
    for (const entry of this.#held) this.#queue.add(entry);
    this.#held.clear();
    if (this.#mayWrite) this.#flush();
  }

  /**
   * Tells that so many frames came at once: what is sent because of them is gathered, until no microtask is left.
   *
   * The answers come one after the other. A write for the first alone would cost more than it gains, here and where it wakes
   * the other side, and what the other side then does about it comes back as single frames.
   */
  gather(received: number): void {
    if (this.#gathering || !worthGathering(received)) return;

    this.#gathering = true;
    queueMicrotask(() => process.nextTick(() => this.#gathered()));
  }

  /** Resolves when nothing is pending any more, sent or failed. */
  drained(): Promise<void> {
    const deferred = new Deferred<void>();
    if (this.#pending === 0) deferred.resolve();
    else this.#waitingForDrain.push(deferred);
    return deferred.promise;
  }

  /** Hands everything that is not held to the channel now: best effort, for when the process exits. */
  flushSync(): void {
    while (this.#queue.size > 0) this.#write(this.#queue.take());
  }

  /** Rejects what the channel was not given yet, and everything later, with `reason`. */
  close(reason: unknown): void {
    if (this.#closed !== undefined) return;

    this.#closed = { reason };
    for (const entry of [...this.#queue, ...this.#held]) {
      if (this.withdraw(entry)) this.#fail(entry, reason);
    }
  }

  /** While a write is outstanding, only a full batch is worth another; while answers gather, a fair number of them. */
  get #mayWrite(): boolean {
    if (this.#outstanding === 0 && !this.#gathering) return true;
    if (this.#outstanding >= mostWrites) return false;
    return this.#queue.fillsBatch || (this.#gathering && this.#queue.size >= enoughFrames);
  }

  #admit(entry: OutboxEntry, hold: boolean): void {
    const refusal = this.#refusal(entry, hold);
    if (refusal !== undefined) {
      this.#fail(entry, refusal.reason);
      return;
    }
    this.#pending++;
    this.#pendingBytes += entry.weight;
    if (hold && this.#corked) {
      this.#held.add(entry);
      return;
    }
    this.#queue.add(entry);
    if (this.#mayWrite) this.#flush();
  }

  /** Why an entry cannot be sent, if so; weighs it. */
  #refusal(entry: OutboxEntry, hold: boolean): { readonly reason: unknown } | undefined {
    if (this.#closed !== undefined) return this.#closed;

    const weight = weighMessage(frameBody(entry.frame), this.#channel);
    if (typeof weight !== 'number') return { reason: unserializable(weight, this.#channel) };

    entry.weight = weight;
    if (!hold) return undefined;
    if (this.#pending >= this.#maxQueuedMessages) return { reason: this.#full('maxQueuedMessages') };
    if (this.#pendingBytes + weight > this.#maxQueuedBytes) return { reason: this.#full('maxQueuedBytes') };
    return undefined;
  }

  #gathered(): void {
    this.#gathering = false;
    if (this.#mayWrite) this.#flush();
  }

  /** A failure reported from in here may send again: that waits for its turn, or it would overtake. */
  #flush(): void {
    if (this.#flushing) return;

    this.#flushing = true;
    while (this.#queue.size > 0 && this.#outstanding < mostWrites) this.#write(this.#queue.take());
    this.#flushing = false;
  }

  /** If the batch cannot be encoded, its entries are written one by one, so that only the culprit fails. */
  #write(batch: readonly OutboxEntry[]): void {
    const failure = this.#hand(batch);
    if (failure === undefined) return;

    if (batch.length > 1 && !(failure instanceof ChannelClosedError)) {
      for (const entry of batch) this.#write([entry]);
      return;
    }
    for (const entry of batch) {
      this.#forget(entry);
      this.#fail(entry, encodingError(failure, this.#channel));
    }
  }

  /** Gives a batch to the channel; returns why that failed at once, if it did. */
  #hand(batch: readonly OutboxEntry[]): Error | undefined {
    let inside = true;
    let failure: Error | undefined;
    this.#outstanding++;
    const frames = batch.map(({ frame }) => frame);
    this.#channel.write(frames, batch[0]?.handle, error => {
      if (inside && error !== undefined) failure = error;
      else this.#written(batch, error);
    });
    inside = false;
    if (failure !== undefined) this.#outstanding--;
    return failure;
  }

  #written(batch: readonly OutboxEntry[], error: Error | undefined): void {
    this.#outstanding--;
    for (const entry of batch) {
      this.#forget(entry);
      if (error === undefined) entry.succeed();
      else this.#fail(entry, error);
    }
    if (!this.#gathering || this.#mayWrite) this.#flush();
  }

  #fail(entry: OutboxEntry, reason: unknown): void {
    entry.fail(reason);
    this.#onFailure(reason, entry.frame);
  }

  #forget(entry: OutboxEntry): void {
    this.#pending--;
    this.#pendingBytes -= entry.weight;
    if (this.#pending > 0) return;

    for (const deferred of this.#waitingForDrain.splice(0)) deferred.resolve();
  }

  #full(limit: 'maxQueuedMessages' | 'maxQueuedBytes'): BackpressureError {
    const { name } = this.#channel;
    return new BackpressureError(`The queue to ${name} is full (\`${limit}\`)`, { peer: name, limit });
  }
}

function unserializable({ path, found }: Unserializable, { serialization }: Channel): UnserializableMessageError {
  const where = path === '' ? 'The message is' : `The message holds at \`${path}\``;
  const message = `${where} ${found}, which ${serialization} serialization cannot carry`;
  return new UnserializableMessageError(message, { path, found });
}

function encodingError(failure: Error, { serialization }: Channel): Error {
  if (failure instanceof ChannelClosedError) return failure;

  const message = `The message cannot be encoded by ${serialization} serialization: ${failure.message}`;
  return new UnserializableMessageError(message, { path: '', found: failure.message }, { cause: failure });
}
