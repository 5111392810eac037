import type { SharedFrame } from '../channel/broadcast.js';
import type { Channel } from '../channel/channel.js';
import { Outbox } from '../channel/outbox.js';
import { defaultRules } from '../channel/outbox-rules.js';
import type { PeerHooks, PeerLimits, PeerSendOptions } from '../channel/peer-options.js';
import { StoreLine } from '../channel/store-line.js';
import type { Opening } from '../channel/streams.js';
import { WrongCallError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import { frameBody, messageFrame } from '../protocol/frame.js';

/** Nothing is batched: a plain script takes one message at a time. */
const rawRules = Object.freeze({ ...defaultRules, mostFrames: 1, mostWrites: 64 });

/**
 * The conversation with a worker whose script does not use this library.
 *
 * It gets bare messages, as from Node's `worker.send`, and whatever it sends with `process.send` is a message.
 */
export class RawPeer {
  readonly pending = 0;
  /** No frames, at any rate. */
  readonly carries = undefined;
  /** Never used: it asks for nothing. */
  readonly storage: StoreLine;
  readonly #outbox: Outbox;

  constructor(channel: Channel, hooks: PeerHooks, limits: PeerLimits = {}) {
    this.#outbox = new Outbox(channel, {
      ...limits,
      rules: rawRules,
      pack: ([frame]) => frame && frameBody(frame),
      onFailure: (error, frame) => hooks.sendFailed(error, frameBody(frame)),
    });
    this.storage = new StoreLine(this.#outbox, hooks);
    channel.listen({ received: (body, handle) => hooks.message(body, handle), closed: () => hooks.closed() });
  }

  send(body: unknown, options?: PeerSendOptions): Promise<void>;
  send<T>(body: unknown, options: PeerSendOptions, outcome: T): Promise<T>;
  send(body: unknown, { handle, signal }: PeerSendOptions = {}, outcome?: unknown): Promise<unknown> {
    return this.#outbox.send(messageFrame(body), { handle, signal, hold: true }, outcome);
  }

  /** Sends a message that goes to others too. */
  cast(broadcast: SharedFrame, options?: PeerSendOptions): void {
    this.#outbox.cast(broadcast, options);
  }

  /** Nobody on the other side could answer. */
  request(body: unknown): Promise<never> {
    return Promise.reject(wrongCall(body, 'answers no requests'));
  }

  /** As {@link request}. */
  open(body: unknown, { reader }: Opening): void {
    reader.end({ reason: wrongCall(body, 'opens no streams') });
  }

  /** A raw worker understands no frames. */
  control(): Promise<void> {
    return Promise.resolve();
  }

  cork(): void {
    this.#outbox.cork();
  }

  uncork(): void {
    this.#outbox.uncork();
  }

  /** Resolves when at most half of what may wait does. */
  room(): Promise<void> {
    return this.#outbox.room();
  }

  close(error: unknown): void {
    this.#outbox.close(error);
  }
}

function wrongCall(body: unknown, what: string): WrongCallError {
  const message = `A worker that does not use this library ${what} (\`readyOn\` is not 'hello')`;
  return new WrongCallError(message, { type: dispatchType(body), use: 'send' });
}
