import type { SendHandle } from 'node:child_process';
import type { Codec } from '../channel/codec.js';
import { withCodec } from '../channel/codec-channel.js';
import type { IncomingRequest } from '../channel/incoming-request.js';
import { IpcChannel } from '../channel/ipc-channel.js';
import type { CheckedRequest, SendOrder } from '../channel/order.js';
import { Peer } from '../channel/peer.js';
import type { PeerLimits } from '../channel/peer-options.js';
import { CodecMismatchError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import {
  type ControlFrame,
  FrameKind,
  failureFrame,
  helloFrame,
  readyFrame,
  type Stop,
  statusFrame,
  stopFrame,
} from '../protocol/frame.js';
import type { Clock } from '../util/clock.js';

/** Who is told what the primary says. */
export interface PrimaryLinkListener {
  message(body: unknown, handle: SendHandle | undefined): void;
  request(request: IncomingRequest): void;
  stop(stop: Stop): void;
  violation(reason: string): void;
  sendFailed(error: unknown, message: unknown): void;
}

/** What a {@link PrimaryLink} is made with. */
export interface PrimaryLinkOptions {
  readonly serialization: 'json' | 'advanced';
  readonly clock: Clock;
  readonly bounds?: PeerLimits | undefined;
  readonly codec?: Codec | undefined;
}

/** A worker's conversation with its primary, which begins with its hello. */
export class PrimaryLink {
  readonly peer: Peer;
  readonly #listener: PrimaryLinkListener;
  readonly #codec: string | undefined;
  /** What came before the worker was initialized; `undefined` since then. */
  #held: (() => void)[] | undefined = [];

  constructor(listener: PrimaryLinkListener, { serialization, clock, codec, bounds }: PrimaryLinkOptions) {
    this.#listener = listener;
    const hooks = {
      message: (body: unknown, handle: SendHandle | undefined) => this.#deliver(() => listener.message(body, handle)),
      request: (request: IncomingRequest) => this.#deliver(() => listener.request(request)),
      control: (frame: ControlFrame) => this.#control(frame),
      violation: (reason: string) => listener.violation(reason),
      sendFailed: (error: unknown, message: unknown) => listener.sendFailed(error, message),
      closed: () => {},
    };
    this.#codec = codec?.name;
    const channel = new IpcChannel(process, { name: 'the primary', serialization });
    this.peer = new Peer(withCodec(channel, codec), hooks, { ...bounds, clock });
    // `process.exit()` would drop what is queued.
    process.on('exit', () => this.peer.flushSync());
  }

  /**
   * Says hello: from now on the primary sends what it has for this worker.
   *
   * @param codec the name of the codec that the primary uses.
   * @throws {@link CodecMismatchError} with code `CLUSTER_CODEC_MISMATCH`, before either side has sent what the other could
   * not read.
   */
  greet(codec: string | undefined): void {
    if (codec !== this.#codec) throw codecMismatch(codec, this.#codec);

    void this.peer.control(helloFrame());
  }

  /** Lets through, in order, what came before the worker was initialized. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const deliver of held) deliver();
  }

  /** Resolves when the operating system took the message; the promise may be ignored. */
  send({ message, handle, signal }: SendOrder): Promise<void> {
    return this.peer.send(message, { handle, signal });
  }

  /** Resolves with the primary's answer. */
  request({ message, handle, signal, timeout }: CheckedRequest): Promise<unknown> {
    return this.peer.request(message, { handle, signal, timeout });
  }

  /** Resolves when the primary was told that this worker takes work. */
  tellReady(): Promise<void> {
    return this.peer.control(readyFrame());
  }

  tellStatus(status: string): void {
    void this.peer.control(statusFrame(status));
  }

  /** From now on the primary selects this worker no more, and ends it if it is not gone soon after `timeout` ms. */
  tellStopping(reason: string, timeout: number): void {
    void this.peer.control(stopFrame(reason, timeout));
  }

  /** The last word of a worker that fails, for its exit record. */
  tellFailure(error: unknown): void {
    void this.peer.control(failureFrame(toWireError(error)));
  }

  #deliver(deliver: () => void): void {
    if (this.#held) this.#held.push(deliver);
    else deliver();
  }

  #control(frame: ControlFrame): void {
    if (frame[0] === FrameKind.stop) this.#listener.stop(frame[2]);
    else this.#listener.violation(`an unexpected frame of kind ${frame[0]}`);
  }
}

function codecMismatch(expected: string | undefined, actual: string | undefined): CodecMismatchError {
  const named = (name: string | undefined) => (name === undefined ? 'no codec' : `the codec \`${name}\``);
  const message = `The primary uses ${named(expected)}, this worker ${named(actual)}: give both the same \`codec\``;
  return new CodecMismatchError(message, { expected, actual });
}
