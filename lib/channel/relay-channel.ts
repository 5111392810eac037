import type { SendHandle } from 'node:child_process';
import { ChannelClosedError, UnserializableMessageError } from '../errors/errors.js';
import { decode, encode } from '../protocol/encoded.js';
import type { Encoded } from '../protocol/frame.js';
import type { Serialization } from '../protocol/json-safe.js';
import type { Channel, ChannelListener, WriteDone } from './channel.js';
import { Outstanding } from './outstanding.js';

/** What a {@link RelayChannel} is made with. */
export interface RelayChannelParts {
  /** What is at the other end, for errors: `worker 3`. */
  readonly name: string;
  readonly serialization: Serialization;
  /** Gives a parcel to whoever passes it on; `done` is called later, once, when that has happened or failed. */
  readonly post: (content: Encoded, done: WriteDone) => void;
}

/**
 * A channel by way of somebody else, who passes its payloads on unread. It carries no handles.
 *
 * `close` ends this end alone; whoever passes the payloads on tells the other one.
 */
export class RelayChannel implements Channel {
  readonly name: string;
  readonly serialization: Serialization;
  readonly #post: (content: Encoded, done: WriteDone) => void;
  readonly #outstanding = new Outstanding();
  #listener: ChannelListener | undefined;
  #connected = true;

  constructor({ name, serialization, post }: RelayChannelParts) {
    this.name = name;
    this.serialization = serialization;
    this.#post = post;
  }

  get connected(): boolean {
    return this.#connected;
  }

  write(payload: unknown, handle: SendHandle | undefined, done: WriteDone): boolean {
    if (!this.#connected) {
      done(this.#closedError());
      return false;
    }
    let content: Encoded;
    try {
      content = this.#encode(payload, handle);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    this.#post(content, this.#outstanding.add(done));
    return true;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  /** A parcel has come. What cannot be decoded reaches the listener as `undefined`, which is no payload of anybody's. */
  receive(content: Encoded): void {
    if (!this.#connected) return;

    let payload: unknown;
    try {
      payload = decode(content);
    } catch {
      payload = undefined;
    }
    this.#listener?.received(payload, undefined);
  }

  /** @param error what the writes end with that nobody has answered yet. @default {@link ChannelClosedError} */
  close(error: Error = this.#closedError()): void {
    if (!this.#connected) return;

    this.#connected = false;
    queueMicrotask(() => {
      this.#outstanding.failAll(() => error);
      this.#listener?.closed();
    });
  }

  #encode(payload: unknown, handle: SendHandle | undefined): Encoded {
    if (handle === undefined) return encode(payload, this.serialization);

    throw new UnserializableMessageError('A handle cannot be passed on', { path: '', found: 'a handle' });
  }

  #closedError(): ChannelClosedError {
    return new ChannelClosedError(`The channel to ${this.name} is closed`, { peer: this.name });
  }
}
