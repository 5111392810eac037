import type { SendHandle } from 'node:child_process';
import { UnserializableMessageError } from '../errors/errors.js';
import type { Serialization } from '../protocol/json-safe.js';
import { needsNoCodec } from '../protocol/needs-no-codec.js';
import { describeValue } from '../util/check.js';
import { ignorable } from '../util/ignorable.js';
import type { Channel, ChannelListener, WriteDone } from './channel.js';
import type { Codec } from './codec.js';

/**
 * A channel whose payloads a codec encodes.
 *
 * What holds nothing of a user's goes past the codec, both ways: so a worker can be stopped, and say why it fails, even where
 * both sides do not share a codec, or it has a bug.
 */
export class CodecChannel implements Channel {
  /** What the codec carries, whatever the channel below could. */
  readonly serialization: Serialization;
  readonly #channel: Channel;
  readonly #codec: Codec;

  constructor(channel: Channel, codec: Codec) {
    this.serialization = codec.carries ?? 'json';
    this.#channel = channel;
    this.#codec = codec;
  }

  get name(): string {
    return this.#channel.name;
  }

  get connected(): boolean {
    return this.#channel.connected;
  }

  write(payload: unknown, handle: SendHandle | undefined, done: WriteDone): boolean {
    if (!this.connected || needsNoCodec(payload)) return this.#channel.write(payload, handle, done);

    let encoded: string | Uint8Array;
    try {
      encoded = this.#encode(payload);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    return this.#channel.write(encoded, handle, done);
  }

  listen(listener: ChannelListener): void {
    this.#channel.listen({
      received: (payload, handle) => listener.received(this.#decode(payload), handle),
      closed: () => listener.closed(),
    });
  }

  close(): void {
    this.#channel.close();
  }

  #encode(payload: unknown): string | Uint8Array {
    const { name } = this.#codec;
    const encoded: unknown = this.#codec.encode(payload);
    if (typeof encoded === 'string') return encoded;
    if (!(encoded instanceof Uint8Array)) {
      throw new TypeError(`Codec \`${name}\` has to return a string or bytes, got ${describeValue(settled(encoded))}`);
    }
    if (this.#channel.serialization === 'json') {
      const message = `Codec \`${name}\` returns bytes, which need \`serialization: 'advanced'\``;
      throw new UnserializableMessageError(message, { path: '', found: 'bytes' });
    }
    return encoded;
  }

  /** What cannot be decoded becomes an error, which no listener takes for a batch. */
  #decode(payload: unknown): unknown {
    if (needsNoCodec(payload)) return payload;

    const { name } = this.#codec;
    if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
      return new TypeError(`A payload that codec \`${name}\` did not encode`);
    }
    try {
      return settled(this.#codec.decode(payload));
    } catch (cause) {
      return new TypeError(`A payload that codec \`${name}\` cannot decode`, { cause });
    }
  }
}

/** The channel, by way of the codec if there is one. */
export function withCodec(channel: Channel, codec: Codec | undefined): Channel {
  return codec === undefined ? channel : new CodecChannel(channel, codec);
}

/** An asynchronous codec is a mistake that is reported where its promise is: its rejection must not end the process, too. */
function settled(value: unknown): unknown {
  return value instanceof Promise ? ignorable(value) : value;
}
