import type { WriteDone } from '../channel/channel.js';
import { IdTable } from '../channel/id-table.js';
import type { IncomingCall } from '../channel/incoming-call.js';
import { PartialFailure } from '../channel/partial-failure.js';
import { Peer } from '../channel/peer.js';
import type { PeerLimits } from '../channel/peer-options.js';
import { RelayChannel } from '../channel/relay-channel.js';
import { UnknownWorkerError, WorkerExitedError, WrongCallError } from '../errors/errors.js';
import { fromPrimaryError } from '../errors/wire-error.js';
import { type Encoded, type ParcelFrame, parcelFrame, type UndeliveredFrame } from '../protocol/frame.js';
import type { PeerIdentity } from '../protocol/handlers.js';
import type { Serialization } from '../protocol/json-safe.js';
import type { Clock } from '../util/clock.js';

/** Who is told what other workers say. */
export interface NeighbourListener {
  peerMessage(body: unknown, from: PeerIdentity): void;
  peerRequest(request: IncomingCall, from: PeerIdentity): void;
  /** Another worker sent what it may not; it was dropped. */
  peerViolation(reason: string, from: PeerIdentity): void;
  sendFailed(error: unknown, message: unknown): void;
}

/** What {@link Neighbours} are made with. */
export interface NeighboursParts {
  readonly clock: Clock;
  readonly serialization: Serialization;
  readonly bounds?: PeerLimits | undefined;
  readonly listener: NeighbourListener;
  /** Gives a parcel to the primary; rejects when that is impossible. */
  readonly carry: (frame: ParcelFrame) => Promise<void>;
  /** What waits until this worker is initialized, in order; `undefined` since then. */
  readonly held: () => (() => void)[] | undefined;
}

/** Another worker, as long as it lives. */
interface Neighbour {
  readonly peer: Peer;
  readonly channel: RelayChannel;
  readonly who: Who;
}

/** Who a worker is, as the primary says whenever something comes from it. */
interface Who {
  identity: PeerIdentity;
}

/** A parcel of which nobody has said yet what became of it. */
interface Parcel {
  readonly id: number;
  readonly to: number;
  readonly done: WriteDone;
}

/** After these, nothing will ever reach the one that was meant, or come from it. */
const finalErrors = [UnknownWorkerError, WorkerExitedError, WrongCallError];

/** The other workers that this one talks with: one conversation each, by way of the primary. */
export class Neighbours {
  readonly #parts: NeighboursParts;
  readonly #byId = new Map<number, Neighbour>();
  readonly #parcels = new IdTable<Parcel>();
  #lastParcel = 0;
  #closed: { readonly reason: Error } | undefined;

  constructor(parts: NeighboursParts) {
    this.#parts = parts;
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** The conversation with a worker, begun now if there was none. */
  peer(id: number): Peer {
    return (this.#byId.get(id) ?? this.#meet(id)).peer;
  }

  /** A parcel came; who it is from says the primary. */
  receive(content: Encoded, from: PeerIdentity): void {
    const neighbour = this.#byId.get(from.id) ?? this.#meet(from.id);
    neighbour.who.identity = from;
    neighbour.channel.receive(content);
  }

  /** The primary has passed a parcel on. */
  delivered(id: number): void {
    this.#parcels.take(id)?.done(undefined);
  }

  /** The primary has not passed a parcel on, or only some of it. */
  undelivered([, id, reason, which]: UndeliveredFrame): void {
    const parcel = this.#parcels.take(id);
    if (parcel === undefined) return;

    const error = fromPrimaryError(reason);
    parcel.done(which === undefined ? error : new PartialFailure(error, which));
    if (finalErrors.some(kind => error instanceof kind)) this.farewell(parcel.to, error);
  }

  /** A worker is gone: whatever waits for it rejects, and what it asked is aborted. */
  farewell(id: number, error: Error): void {
    const neighbour = this.#byId.get(id);
    this.#byId.delete(id);
    neighbour?.peer.close(error);
    neighbour?.channel.close(error);
  }

  /** The primary is gone, and with it the way to everybody. */
  close(reason: Error): void {
    this.#closed ??= { reason };
    for (const id of [...this.#byId.keys()]) this.farewell(id, reason);
  }

  /** Resolves when the primary has passed on everything, or refused it. */
  async drained(): Promise<void> {
    await Promise.all(this.#peers.map(peer => peer.drained()));
  }

  /** Resolves when at most half of what may wait for each does. */
  async room(): Promise<void> {
    await Promise.all(this.#peers.map(peer => peer.room()));
  }

  /** Hands what is queued to the primary's channel now. */
  flushSync(): void {
    for (const peer of this.#peers) peer.flushSync();
  }

  get #peers(): Peer[] {
    return [...this.#byId.values()].map(({ peer }) => peer);
  }

  #meet(id: number): Neighbour {
    const { serialization } = this.#parts;
    const name = `worker ${id}`;
    const post = (content: Encoded, done: WriteDone) => this.#post(id, content, done);
    const channel = new RelayChannel({ name, serialization, post });
    const who = { identity: { id, name, group: '' } };
    const neighbour = { channel, who, peer: this.#converse(channel, who) };
    if (this.#closed === undefined) this.#byId.set(id, neighbour);
    else neighbour.peer.close(this.#closed.reason);
    return neighbour;
  }

  #converse(channel: RelayChannel, who: Who): Peer {
    const { listener, held, clock, bounds } = this.#parts;
    const hooks = {
      message: (body: unknown) => {
        const waiting = held();
        if (waiting) waiting.push(() => listener.peerMessage(body, who.identity));
        else listener.peerMessage(body, who.identity);
      },
      request: (request: IncomingCall) => {
        const waiting = held();
        if (waiting) waiting.push(() => listener.peerRequest(request, who.identity));
        else listener.peerRequest(request, who.identity);
      },
      control: () => listener.peerViolation('a frame that only the primary may send', who.identity),
      violation: (reason: string) => listener.peerViolation(reason, who.identity),
      sendFailed: (error: unknown, message: unknown) => listener.sendFailed(error, message),
      closed: () => {},
    };
    return new Peer(channel, hooks, { ...bounds, clock, distrust: true });
  }

  #post(to: number, content: Encoded, done: WriteDone): void {
    const id = this.#parcels.freeIdAfter(this.#lastParcel);
    this.#lastParcel = id;
    this.#parcels.add({ id, to, done });
    this.#parts.carry(parcelFrame(id, to, content)).catch((error: Error) => this.#parcels.take(id)?.done(error));
  }
}
