import type { CheckedRequest, SendOrder, StreamOrder } from '../channel/order.js';
import type { Opening } from '../channel/streams.js';
import { fromPrimaryError } from '../errors/wire-error.js';
import { isEncoded } from '../protocol/encoded.js';
import { type ControlFrame, FrameKind, type ParcelFrame, type RelayFrame, seekFrame } from '../protocol/frame.js';
import { Directory } from './directory.js';
import { Neighbours, type NeighboursParts } from './neighbours.js';
import { PeerMailer } from './peer-mailer.js';

/** What a {@link PeerLink} is made with. */
export interface PeerLinkParts extends Omit<NeighboursParts, 'carry'> {
  /** Sends a frame to the primary. */
  readonly control: (frame: RelayFrame) => Promise<void>;
}

/** A worker's conversations with other workers, by way of the primary. */
export class PeerLink {
  readonly #neighbours: Neighbours;
  readonly #directory: Directory;
  readonly #mailer: PeerMailer;

  constructor(parts: PeerLinkParts) {
    const { clock, control, listener, bounds } = parts;
    this.#neighbours = new Neighbours({ ...parts, carry: control });
    this.#directory = new Directory({
      clock,
      seek: (id, seek) => void control(seekFrame(id, seek)),
      most: bounds?.maxQueuedMessages,
    });
    this.#mailer = new PeerMailer({
      clock,
      neighbours: this.#neighbours,
      directory: this.#directory,
      lost: (error, message) => listener.sendFailed(error, message),
    });
  }

  /** How many workers this one talks with. */
  get size(): number {
    return this.#neighbours.size;
  }

  /** Resolves when the primary has passed the message on; the promise may be ignored. */
  send(order: SendOrder): Promise<void> {
    return this.#mailer.send(order);
  }

  /** Resolves with the other worker's answer. */
  request(order: CheckedRequest): Promise<unknown> {
    return this.#mailer.request(order);
  }

  /** Opens a stream of another worker. */
  stream(order: StreamOrder, opening: Opening): Promise<void> {
    return this.#mailer.stream(order, opening);
  }

  /** What the primary says of other workers; returns whether the frame was about them. */
  take(frame: ControlFrame): boolean {
    switch (frame[0]) {
      case FrameKind.parcel:
        return this.#receive(frame);
      case FrameKind.delivered:
        this.#neighbours.delivered(frame[1]);
        return true;
      case FrameKind.undelivered:
        this.#neighbours.undelivered(frame);
        return true;
      case FrameKind.found:
        this.#directory.found(frame[1], frame[2]);
        return true;
      case FrameKind.farewell:
        this.#directory.forget(frame[1]);
        if (frame[2] !== undefined) this.#neighbours.farewell(frame[1], fromPrimaryError(frame[2]));
        return true;
      default:
        return false;
    }
  }

  /** Resolves when everything is on its way, or was refused. */
  async drained(): Promise<void> {
    await this.#directory.placed();
    await this.#neighbours.drained();
  }

  /** Resolves when at most half of what may wait for each worker does. */
  room(): Promise<void> {
    return this.#neighbours.room();
  }

  /** Hands what is queued to the primary's channel now. */
  flushSync(): void {
    this.#neighbours.flushSync();
  }

  /** The primary is gone: rejects everything that waits. */
  close(reason: Error): void {
    this.#directory.close(reason);
    this.#neighbours.close(reason);
  }

  #receive([, , from, content]: ParcelFrame): boolean {
    if (typeof from !== 'object' || !isEncoded(content)) return false;

    this.#neighbours.receive(content, from);
    return true;
  }
}
