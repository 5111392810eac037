import type { SendHandle } from 'node:child_process';
import type { Codec } from '../channel/codec.js';
import { withCodec } from '../channel/codec-channel.js';
import type { IncomingCall } from '../channel/incoming-call.js';
import { dropHandle } from '../channel/intake.js';
import { IpcChannel } from '../channel/ipc-channel.js';
import type { CheckedRequest, SendOrder, StreamOrder } from '../channel/order.js';
import { Peer } from '../channel/peer.js';
import type { PeerLimits } from '../channel/peer-options.js';
import type { Opening } from '../channel/streams.js';
import { CodecMismatchError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import {
  beatFrame,
  type ControlFrame,
  FrameKind,
  failureFrame,
  helloFrame,
  type Place,
  readyFrame,
  type Stop,
  standbyFrame,
  statusFrame,
  stopFrame,
  type Vitals,
} from '../protocol/frame.js';
import type { ServeOrder } from '../protocol/serving.js';
import type { RemoteSeam } from '../storage/remote-seam.js';
import type { Clock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import type { NeighbourListener } from './neighbours.js';
import { PeerLink } from './peer-link.js';
import type { ServerDesk } from './server-desk.js';
import { VitalsReport, type VitalsSource } from './vitals-report.js';

/** Who is told what the primary says, and other workers by way of it. */
export interface PrimaryLinkListener extends NeighbourListener {
  /** Messages and requests that were told so far, those of other workers included. */
  readonly handled: number;
  message(body: unknown, handle: SendHandle | undefined): void;
  request(request: IncomingCall): void;
  stop(stop: Stop): void;
  violation(reason: string): void;
}

/** What a {@link PrimaryLink} is made with. */
export interface PrimaryLinkOptions {
  readonly serialization: 'json' | 'advanced';
  readonly clock: Clock;
  readonly bounds?: PeerLimits | undefined;
  readonly codec?: Codec | undefined;
  /** How many handlers run. @default none */
  readonly running?: (() => number) | undefined;
  /** Hears what the primary says about servers. @default nobody */
  readonly servers?: ServerDesk | undefined;
  /** Hears what the primary says about shared storage. @default nobody */
  readonly storage?: RemoteSeam | undefined;
}

/** A worker's conversation with its primary, which begins with its hello, and with other workers by way of it. */
export class PrimaryLink {
  readonly peer: Peer;
  readonly #others: PeerLink;
  readonly #storage: RemoteSeam | undefined;
  readonly #servers: ServerDesk | undefined;
  readonly #listener: PrimaryLinkListener;
  readonly #codec: string | undefined;
  readonly #vitals: VitalsReport;
  /** Where this worker, as a spare one, belongs in the end. */
  readonly #place = new Deferred<Place>();
  /** What came before the worker was initialized; `undefined` since then. */
  #held: (() => void)[] | undefined = [];

  constructor(listener: PrimaryLinkListener, options: PrimaryLinkOptions) {
    const { serialization, clock, codec, bounds, storage, servers, running = () => 0 } = options;
    this.#listener = listener;
    const hooks = {
      message: (body: unknown, handle: SendHandle | undefined) => {
        // Spelt out, since it is on the way of every message.
        if (this.#held) this.#held.push(() => listener.message(body, handle));
        else listener.message(body, handle);
      },
      request: (request: IncomingCall) => this.#deliver(() => listener.request(request)),
      control: (frame: ControlFrame, handle?: SendHandle) => this.#control(frame, handle),
      store: (id: number, body: unknown) => storage?.take(id, body),
      storeFailed: (id: number, error: unknown) => storage?.failed(id, error),
      violation: (reason: string) => listener.violation(reason),
      sendFailed: (error: unknown, message: unknown) => listener.sendFailed(error, message),
      closed: () => this.#vitals.stop(),
    };
    this.#codec = codec?.name;
    const source: VitalsSource = {
      pending: () => running() + this.peer.pending - this.peer.answering,
      handled: () => listener.handled,
    };
    const tell = (vitals: Vitals) => this.peer.control(beatFrame(0, vitals), { urgent: true });
    this.#vitals = new VitalsReport({ clock, source, tell });
    const channel = new IpcChannel(process, { name: 'the primary', serialization });
    this.peer = new Peer(withCodec(channel, codec), hooks, { ...bounds, clock });
    storage?.connect(this.peer.storage, bounds?.maxPendingRequests ?? Number.POSITIVE_INFINITY);
    this.#storage = storage;
    this.#servers = servers;
    this.#others = new PeerLink({
      ...{ clock, bounds, listener, serialization: this.peer.carries },
      control: frame => this.peer.control(frame),
      held: () => this.#held,
    });
    // `process.exit()` would drop what is queued.
    process.on('exit', () => this.#flushSync());
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

  /** Resolves when the operating system took the message, or the primary has passed it on; the promise may be ignored. */
  send(order: SendOrder): Promise<void> {
    if (!isForPrimary(order)) return this.#others.send(order);

    const { message, handle, signal } = order;
    return this.peer.send(message, { handle, signal });
  }

  /** Resolves with the answer of the primary, or of another worker. */
  request(order: CheckedRequest): Promise<unknown> {
    if (!isForPrimary(order)) return this.#others.request(order);

    const { message, handle, signal, timeout } = order;
    return this.peer.request(message, { handle, signal, timeout });
  }

  /** Opens a stream of the primary, or of another worker. */
  async stream(order: StreamOrder, opening: Opening): Promise<void> {
    if (isForPrimary(order)) this.peer.open(order.message, opening);
    else await this.#others.stream(order, opening);
  }

  /** Resolves when everything that was sent is on its way, or was refused. */
  async drained(): Promise<void> {
    await this.#others.drained();
    await this.peer.drained();
  }

  /** Resolves when at most half of what may wait for each receiver does. */
  async room(): Promise<void> {
    await Promise.all([this.#others.room(), this.peer.room()]);
  }

  /** The primary is gone: rejects everything that waits. */
  close(reason: Error): void {
    this.peer.close(reason);
    this.#storage?.close(reason);
    this.#servers?.close(reason);
    this.#others.close(reason);
  }

  /** Resolves when the primary was told that this worker takes work. */
  tellReady(): Promise<void> {
    return this.peer.control(readyFrame());
  }

  /** This worker is initialized and waits for a place: resolves with it. */
  tellStandby(): Promise<Place> {
    void this.peer.control(standbyFrame());
    return this.#place.promise;
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

  /** What goes to other workers takes the same way. */
  #flushSync(): void {
    this.#others.flushSync();
    this.peer.flushSync();
  }

  #control(frame: ControlFrame, handle: SendHandle | undefined): void {
    if (frame[0] === FrameKind.stop) this.#listener.stop(frame[2]);
    else if (frame[0] === FrameKind.activate) this.#place.resolve(frame[2]);
    else if (frame[0] === FrameKind.beat && frame[2]?.interval) this.#vitals.every(frame[2].interval);
    // Untrusted it is not: the primary says it.
    else if (frame[0] === FrameKind.serve && this.#servers)
      this.#servers.take(frame[1], frame[2] as ServeOrder, handle);
    else if (!this.#others.take(frame)) {
      dropHandle(handle);
      this.#listener.violation(`an unexpected frame of kind ${frame[0]}`);
    }
  }
}

/** Whether an order goes to the primary: it does unless it says otherwise. */
export function isForPrimary({ to }: SendOrder): boolean {
  return to === undefined || to === 'primary';
}

function codecMismatch(expected: string | undefined, actual: string | undefined): CodecMismatchError {
  const named = (name: string | undefined) => (name === undefined ? 'no codec' : `the codec \`${name}\``);
  const message = `The primary uses ${named(expected)}, this worker ${named(actual)}: give both the same \`codec\``;
  return new CodecMismatchError(message, { expected, actual });
}
