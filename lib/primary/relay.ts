import { defaultRules } from '../channel/outbox-rules.js';
import {
  BackpressureError,
  ChannelClosedError,
  MessageTooLargeError,
  UnserializableMessageError,
  WrongCallError,
} from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import { isEncoded, portable } from '../protocol/encoded.js';
import {
  type ControlFrame,
  deliveredFrame,
  type Encoded,
  type Found,
  FrameKind,
  farewellFrame,
  foundFrame,
  type ParcelFrame,
  parcelFrame,
  type RelayFrame,
  type SeekFrame,
  undeliveredFrame,
} from '../protocol/frame.js';
import { Acquaintances } from './acquaintances.js';
import type { Announce } from './events.js';
import { exitedError, type ProcessEnd } from './exit-errors.js';
import type { ParcelInTransit, PeerWatch } from './peer-watch.js';
import { Transit } from './transit.js';
import type { WorkerSearch } from './whereabouts.js';
import { processOf, type WorkerHandle } from './worker-handle.js';

/** What a {@link Relay} is made with. */
export interface RelayParts {
  readonly announce: Announce;
  readonly search: WorkerSearch;
  readonly watch: PeerWatch;
  /** How many bytes, roughly, one message may take. */
  readonly maxMessageBytes: number;
  /** How many bytes, roughly, may wait between two workers if one of them does not wait for the other. */
  readonly maxQueuedBytes: number;
}

/** A batch of small messages may be this much longer than its messages. */
const fewestBytes = 128 * 1024;

/** Passes on what workers say to each other, says whose it is, and tells them of each other's ends. */
export class Relay {
  readonly #parts: RelayParts;
  readonly #transit: Transit;
  readonly #acquaintances = new Acquaintances<WorkerHandle>();
  readonly #ends = new WeakMap<WorkerHandle, AbortController>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#transit = new Transit({ parcels: defaultRules.mostWrites, bytes: parts.maxQueuedBytes });
  }

  /** How many workers have others to be told of. */
  get size(): number {
    return this.#acquaintances.size;
  }

  /** A worker says something that is for others, or asks for them; whatever else it says, it may not. Never throws. */
  take(worker: WorkerHandle, frame: ControlFrame): void {
    switch (frame[0]) {
      case FrameKind.parcel:
        this.#takeParcel(worker, frame);
        break;
      case FrameKind.seek:
        this.#seek(worker, frame);
        break;
      default:
        this.#refuse(worker, `Unexpected frame of kind ${frame[0]}`);
    }
  }

  /** A worker leaves, while its process lives on: its name stands for another soon. */
  left(worker: WorkerHandle): void {
    for (const other of this.#acquaintances.of(worker)) say(other, farewellFrame(worker.id));
  }

  #takeParcel(from: WorkerHandle, [, id, address, content]: ParcelFrame): void {
    const { maxMessageBytes } = this.#parts;
    if (typeof address !== 'number' || !isEncoded(content)) {
      this.#refuse(from, 'a parcel of wrong shape');
      return;
    }
    const limit = Math.max(maxMessageBytes, fewestBytes);
    if (content.length > limit) {
      this.#refuse(from, 'a parcel that is too large');
      const error = new MessageTooLargeError('The parcel is too large', { bytes: content.length, limit });
      say(from, undeliveredFrame(id, wire(error)));
      return;
    }
    try {
      this.#forward(id, { from, to: this.#parts.search.worker(address), content });
    } catch (error) {
      say(from, undeliveredFrame(id, wire(error)));
    }
  }

  #forward(id: number, parcel: ParcelInTransit): void {
    const { from, to } = parcel;
    const { carries } = processOf(to).conversation;
    if (carries === undefined) throw rawError(to);

    const inspected = this.#parts.watch.inspect(parcel);
    if (inspected === undefined) {
      this.#refuse(from, 'a parcel with contents that no worker sends');
      throw new UnserializableMessageError('The parcel cannot be opened', { path: '', found: 'no batch of frames' });
    }

    this.#introduce(from, to);
    const { content, refused } = inspected;
    const outcome = refused ? undeliveredFrame(id, wire(refused.error), refused.which) : deliveredFrame(id);
    if (content === undefined) say(from, outcome);
    else this.#hand(to, portable(content, carries), { from, id, outcome });
  }

  /** When the receiver's channel has taken it, and not before, its sender may send more: so no more than that waits here. */
  #hand(to: WorkerHandle, content: Encoded, { from, id, outcome }: Receipt): void {
    const { id: worker, name, group } = from;
    const pair = `${worker}:${to.id}`;
    if (!this.#transit.enter(pair, content.length)) {
      this.#refuse(from, 'more parcels than it was told to send');
      throw new BackpressureError(`Too much waits for worker \`${to.name}\``, {
        peer: to.name,
        limit: 'maxQueuedBytes',
      });
    }
    const finish = (frame: RelayFrame) => {
      this.#transit.leave(pair, content.length);
      say(from, frame);
    };
    const parcel = parcelFrame(0, { id: worker, name, group }, content);
    hold(to, parcel).then(
      () => finish(outcome),
      error => finish(undeliveredFrame(id, wire(reasonOf(error, to)))),
    );
  }

  #seek(asker: WorkerHandle, [, id, seek]: SeekFrame): void {
    const tell = (found: Found) => say(asker, foundFrame(id, found));
    const refuse = (error: unknown) => tell({ error: wire(error) });
    const answer = (workers: readonly WorkerHandle[]) => {
      // Whoever knows a name has to hear when it stands for another.
      if (typeof seek.to === 'string') for (const worker of workers) this.#introduce(asker, worker);
      tell(workers.map(worker => worker.id));
    };
    try {
      const found = this.#parts.search.find(seek, { worker: asker, gone: this.#endOf(asker) });
      if (!(found instanceof Promise)) {
        answer(found);
        return;
      }
      tell('later');
      found.then(answer, refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #refuse(worker: WorkerHandle, reason: string): void {
    this.#parts.announce('channelViolation', { worker, reason });
  }

  #introduce(one: WorkerHandle, other: WorkerHandle): void {
    this.#acquaintances.introduce(one, other);
    this.#endOf(one);
    this.#endOf(other);
  }

  /** Aborted when the worker is gone, and its last words have been passed on. */
  #endOf(worker: WorkerHandle): AbortSignal {
    let end = this.#ends.get(worker);
    if (end === undefined) {
      end = new AbortController();
      // As many searches may wait for it.
      process.getBuiltinModule('node:events').setMaxListeners(0, end.signal);
      this.#ends.set(worker, end);
      void worker.exited.then(exit => this.#gone(worker, exit));
    }
    return end.signal;
  }

  #gone(worker: WorkerHandle, end: ProcessEnd): void {
    const { id, name } = worker;
    const error = exitedError({ workerId: id, name }, end);
    this.#ends.get(worker)?.abort(error);
    for (const other of this.#acquaintances.remove(worker)) say(other, farewellFrame(id, wire(error)));
  }
}

/** Who is told what became of a parcel, if all goes well. */
interface Receipt {
  readonly from: WorkerHandle;
  readonly id: number;
  readonly outcome: RelayFrame;
}

/** Behind what waits for the worker already: a farewell may not overtake what was said before. No limit keeps it from coming. */
function hold(worker: WorkerHandle, frame: RelayFrame): Promise<void> {
  return processOf(worker).conversation.control(frame, { hold: true });
}

/** The promise may be ignored, since nobody else is told if the worker is gone. */
function say(worker: WorkerHandle, frame: RelayFrame): void {
  void hold(worker, frame);
}

/** To whoever sends to it, a worker whose channel is closed is gone. */
function reasonOf(error: unknown, { id, name }: WorkerHandle): unknown {
  return error instanceof ChannelClosedError ? exitedError({ workerId: id, name }, undefined) : error;
}

/** Where in the primary an error came from is of no use to a worker. */
function wire(error: unknown): object {
  return toWireError(error, { stack: false });
}

function rawError({ name, id }: WorkerHandle): WrongCallError {
  const message = `Worker \`${name}\` (${id}) does not use this library (\`readyOn\` is not 'hello'): only the primary can send to it`;
  return new WrongCallError(message, { type: undefined, use: 'send' });
}
