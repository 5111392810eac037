import { ChannelClosedError } from '../errors/errors.js';
import { type Frame, frameBody } from '../protocol/frame.js';
import { packFrames } from '../protocol/frame-run.js';
import { type Carriage, weighMessage } from '../protocol/json-safe.js';
import { defaultLimits } from '../protocol/limits.js';
import { Backlog } from './backlog.js';
import type { SharedFrame } from './broadcast.js';
import type { Channel } from './channel.js';
import { type Gatherer, Gathering } from './gathering.js';
import { OutboxEntry } from './outbox-entry.js';
import { encodingError, tooLarge, unserializable } from './outbox-errors.js';
import type { OutboxOptions, PostOptions, SendOptions } from './outbox-options.js';
import { defaultRules, mayBeLarge, type OutboxRules, worthGathering } from './outbox-rules.js';
import { PartialFailure } from './partial-failure.js';
import { Quota } from './quota.js';

/**
 * Sends frames in batches: at once while no write is outstanding; what is sent before that write's callback goes as one.
 *
 * Frames are kept by reference until they are written, and leave in the order of the calls.
 */
export class Outbox implements Gatherer {
  readonly #channel: Channel;
  readonly #quota: Quota;
  readonly #maxMessageBytes: number;
  readonly #carriage: Carriage;
  readonly #rules: OutboxRules;
  readonly #gathering: Gathering;
  readonly #pack: (frames: readonly Frame[]) => unknown;
  readonly #onFailure: (error: unknown, frame: Frame) => void;
  /** To be written next. */
  readonly #queue: Backlog;
  /** To be queued when the cork is pulled. */
  readonly #held = new Set<OutboxEntry>();
  #corked = false;
  #flushing = false;
  #gathers = false;
  #outstanding = 0;
  #closed: { readonly reason: unknown } | undefined;

  constructor(channel: Channel, options: OutboxOptions = {}) {
    this.#channel = channel;
    this.#quota = new Quota(channel, options);
    this.#maxMessageBytes = options.maxMessageBytes ?? defaultLimits.maxMessageBytes;
    this.#carriage = { serialization: channel.serialization, maxDepth: options.maxDepth };
    this.#rules = options.rules ?? defaultRules;
    this.#gathering = options.gathering ?? new Gathering();
    this.#queue = new Backlog(this.#rules);
    this.#pack = options.pack ?? packFrames;
    this.#onFailure = options.onFailure ?? (() => {});
  }

  /** How many frames the operating system has not taken yet. */
  get pending(): number {
    return this.#quota.messages;
  }

  /** Whether so much waits that more would only take memory. */
  get crowded(): boolean {
    const { mostWrites, mostFrames, mostBytes } = this.#rules;
    return this.#quota.reaches(2 * mostWrites * mostFrames, 2 * mostWrites * mostBytes);
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
  send(
    frame: Frame,
    { handle, hold = false, limited = hold, signal }: SendOptions = {},
    outcome?: unknown,
  ): Promise<unknown> {
    const entry = new OutboxEntry(frame, handle);
    const promise = entry.promise(outcome);
    if (signal?.aborted === true) {
      entry.fail(signal.reason);
      return promise;
    }
    this.#admit(entry, hold, limited);
    if (signal !== undefined) this.#withdrawOn(signal, entry);
    return promise;
  }

  /** Like `send`, without a promise: only `onFailure` hears of a failure. */
  post(frame: Frame, { handle, hold = false, limited = hold }: PostOptions = {}): OutboxEntry {
    const entry = new OutboxEntry(frame, handle);
    this.#admit(entry, hold, limited);
    return entry;
  }

  /** Like `post`, for a message that goes to several at once; the broadcast is told what becomes of it. */
  cast(broadcast: SharedFrame, { handle, signal }: Pick<SendOptions, 'handle' | 'signal'> = {}): void {
    const entry = new OutboxEntry(broadcast.frame, handle, broadcast);
    if (signal?.aborted === true) {
      entry.fail(signal.reason);
      return;
    }
    this.#admit(entry, true, true);
    if (signal !== undefined) this.#withdrawOn(signal, entry);
  }

  /** Like `send`, for what cannot wait: it overtakes all that does, and goes out though a write is outstanding. */
  hurry(frame: Frame): Promise<void> {
    const entry = new OutboxEntry(frame, undefined);
    const promise = entry.promise(undefined);
    const refusal = this.#refusal(entry, false);
    if (refusal !== undefined) {
      this.#fail(entry, refusal.reason);
      return promise;
    }
    this.#quota.add(entry.weight);
    if (this.#outstanding < this.#rules.mostWrites) {
      entry.leave();
      this.#write([entry]);
    } else this.#queue.addFirst(entry);
    return promise;
  }

  /** Takes back what was not written yet; returns whether it was in time. */
  withdraw(entry: OutboxEntry): boolean {
    if (!entry.waiting) return false;

    entry.leave();
    if (!this.#held.delete(entry)) this.#queue.withdrawn(entry);
    this.#quota.release(entry.weight);
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

  /** Tells that so many frames came at once: what is sent because of them is gathered. */
  gather(received: number): void {
    if (worthGathering(received, this.#rules)) this.#gathering.begin();
  }

  /** The gathering that this took part in is over. */
  gathered(): void {
    this.#gathers = false;
    if (this.#mayWrite) this.#flush();
  }

  /** Resolves when nothing is pending any more, sent or failed. */
  drained(): Promise<void> {
    return this.#quota.empty();
  }

  /** Resolves when at most half of what may be pending is: there is room for more than one message. */
  room(): Promise<void> {
    return this.#quota.half();
  }

  /** Resolves when the outbox is not {@link crowded}. */
  uncrowded(): Promise<void> {
    return this.#quota.until(() => !this.crowded);
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
    const { active } = this.#gathering;
    if (this.#outstanding === 0 && !active) return true;
    if (this.#outstanding >= this.#rules.mostWrites) return false;
    return this.#queue.fillsBatch || (active && this.#queue.size >= this.#rules.enoughFrames);
  }

  #withdrawOn(signal: AbortSignal, entry: OutboxEntry): void {
    if (!entry.waiting) return;

    entry.abortBy(signal, () => {
      if (this.withdraw(entry)) entry.fail(signal.reason);
    });
  }

  #admit(entry: OutboxEntry, hold: boolean, limited: boolean): void {
    const refusal = this.#refusal(entry, limited);
    if (refusal !== undefined) {
      this.#fail(entry, refusal.reason);
      return;
    }
    this.#quota.add(entry.weight);
    if (hold && this.#corked) {
      this.#held.add(entry);
      return;
    }
    this.#queue.add(entry);
    if (this.#mayWrite) this.#flush();
    else if (this.#gathering.active) this.#joinGathering();
  }

  #joinGathering(): void {
    if (this.#gathers) return;

    this.#gathers = true;
    this.#gathering.join(this);
  }

  /** Why an entry cannot be sent, if so; weighs it. */
  #refusal(entry: OutboxEntry, limited: boolean): { readonly reason: unknown } | undefined {
    if (this.#closed !== undefined) return this.#closed;

    const weight = entry.broadcast?.weigh(this.#carriage) ?? weighMessage(frameBody(entry.frame), this.#carriage);
    if (typeof weight !== 'number') return { reason: unserializable(weight, this.#channel) };
    if (weight > this.#maxMessageBytes && !mayBeLarge(entry.frame)) {
      return { reason: tooLarge(weight, this.#maxMessageBytes) };
    }

    entry.weight = weight;
    const reason = limited ? this.#quota.refusal(weight) : undefined;
    return reason && { reason };
  }

  /** A failure reported from in here may send again: that waits for its turn, or it would overtake. */
  #flush(): void {
    if (this.#flushing) return;

    this.#flushing = true;
    while (this.#queue.size > 0 && this.#outstanding < this.#rules.mostWrites) this.#write(this.#queue.take());
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
      this.#quota.release(entry.weight);
      this.#fail(entry, encodingError(failure, this.#channel));
    }
  }

  /** Gives a batch to the channel; returns why that failed at once, if it did. */
  #hand(batch: readonly OutboxEntry[]): Error | undefined {
    let inside = true;
    let failure: Error | undefined;
    this.#outstanding++;
    const payload = this.#pack(batch.map(({ frame }) => frame));
    this.#channel.write(payload, batch[0]?.handle, error => {
      if (inside && error !== undefined) failure = error;
      else this.#written(batch, error);
    });
    inside = false;
    if (failure !== undefined) this.#outstanding--;
    return failure;
  }

  #written(batch: readonly OutboxEntry[], error: Error | undefined): void {
    this.#outstanding--;
    for (let place = 0; place < batch.length; place++) {
      const entry = batch[place] as OutboxEntry;
      this.#quota.release(entry.weight);
      const reason = error instanceof PartialFailure ? error.at(place) : error;
      if (reason === undefined) entry.succeed();
      else this.#fail(entry, reason);
    }
    if (!this.#gathering.active || this.#mayWrite) this.#flush();
    else if (this.#queue.size > 0) this.#joinGathering();
  }

  #fail(entry: OutboxEntry, reason: unknown): void {
    entry.fail(reason);
    this.#onFailure(reason, entry.frame);
  }
}
