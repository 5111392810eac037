import type { CheckedRequest, SendOrder, StreamOrder } from '../channel/order.js';
import { partlyFailed } from '../channel/outbox-errors.js';
import type { Opening } from '../channel/streams.js';
import {
  GroupFailedError,
  NoWorkerError,
  ShutDownError,
  UnknownWorkerError,
  WorkerExitedError,
} from '../errors/errors.js';
import type { Clock } from '../util/clock.js';
import { ignorable } from '../util/ignorable.js';
import type { Directory } from './directory.js';
import type { Neighbours } from './neighbours.js';

/** What a {@link PeerMailer} is made with. */
export interface PeerMailerParts {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly neighbours: Neighbours;
  /** Told of a message that had nobody to go to. */
  readonly lost: (error: unknown, message: unknown) => void;
}

/** Sends to other workers, and asks them. */
export class PeerMailer {
  readonly #parts: PeerMailerParts;

  constructor(parts: PeerMailerParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when the primary has passed the message on to everybody that was meant; rejects with the error, or with an
   * AggregateError if several were meant. The promise may be ignored: `lost` is told of what nobody else is told of.
   */
  send(order: SendOrder): Promise<void> {
    const { to, message, signal } = order;
    const id = this.#parts.directory.known(to);
    if (id !== undefined) return this.#parts.neighbours.peer(id).send(message, { signal });

    return ignorable(Array.isArray(to) ? this.#sendToEach(to, order) : this.#sendSought(to, order));
  }

  /** Resolves with the reply of the one worker that was meant. */
  request(order: CheckedRequest): Promise<unknown> {
    const { to, message, signal, timeout, attempts = 0 } = order;
    if (attempts > 0) return this.#retry(order);

    const id = this.#parts.directory.known(to);
    if (id !== undefined) return this.#parts.neighbours.peer(id).request(message, { signal, timeout });
    return this.#requestSought(order);
  }

  /** Opens a stream of the one worker that was meant; waits for it as long as somebody wants to read. */
  async stream({ to, message }: StreamOrder, opening: Opening): Promise<void> {
    const { directory, neighbours } = this.#parts;
    const id = directory.known(to);
    if (id !== undefined) {
      neighbours.peer(id).open(message, opening);
      return;
    }
    const { signal } = opening.reader;
    await directory.find({ to, message, signal, timeout: Number.POSITIVE_INFINITY }, ([found]) => {
      neighbours.peer(found ?? nobodyToAsk(to)).open(message, opening);
    });
  }

  async #sendToEach(destinations: readonly unknown[], order: SendOrder): Promise<void> {
    const reached = new Set<number>();
    // All of them before anything is awaited: what is sent after this call must not get ahead.
    const searches = destinations.map(to => this.#search(to, order, reached));
    const found = await Promise.allSettled(searches);
    await allOf(found.flatMap(each => (each.status === 'fulfilled' ? each.value.sent : [Promise.reject(each.reason)])));
  }

  async #sendSought(to: unknown, order: SendOrder): Promise<void> {
    const { sent } = await this.#search(to, order, new Set());
    await (sent.length === 1 ? sent[0] : allOf(sent));
  }

  /**
   * Sends to everybody that one destination means. Resolves when they are known, with what comes of it in a box: a promise
   * that failed would count as a search that did.
   *
   * @param reached who needs no message any more.
   */
  #search(to: unknown, { message, signal }: SendOrder, reached: Set<number>): Promise<Sent> {
    const { directory, neighbours, lost } = this.#parts;
    const search = directory.find({ to, message, signal }, ids => {
      const more = ids.filter(id => !reached.has(id));
      for (const id of more) reached.add(id);
      return { sent: more.map(id => neighbours.peer(id).send(message, { signal })) };
    });
    return search.catch((error: unknown) => {
      if (signal?.aborted !== true) lost(error, message);
      throw error;
    });
  }

  #requestSought(order: CheckedRequest, { not, asked }: Attempt = {}): Promise<unknown> {
    const { directory, neighbours, clock } = this.#parts;
    const { to, message, signal, timeout } = order;
    const started = clock.now();
    return directory.find({ to, message, signal, timeout, not }, ([id = nobodyToAsk(to)]) => {
      asked?.(id);
      // Whole milliseconds, since errors tell them.
      const left = Math.max(1, Math.ceil(timeout - (clock.now() - started)));
      return neighbours.peer(id).request(message, { signal, timeout: left });
    });
  }

  /** All tries share the timeout and the signal; no worker is asked twice. */
  async #retry(order: CheckedRequest): Promise<unknown> {
    const { timeout, attempts = 0 } = order;
    const { clock } = this.#parts;
    const deadline = clock.now() + timeout;
    const tried: number[] = [];
    let death: unknown;
    for (let left = timeout; ; left = Math.max(1, Math.ceil(deadline - clock.now()))) {
      const attempt = { not: tried.length > 0 ? [...tried] : undefined, asked: (id: number) => void tried.push(id) };
      try {
        return await this.#requestSought({ ...order, timeout: left }, attempt);
      } catch (error) {
        // When there is nobody else the death says more: whoever reads it knows that the request may have been executed.
        if (death !== undefined && isLackOfWorkers(error)) throw death;
        if (!isDeathOf(tried.at(-1), error) || tried.length > attempts) throw error;

        death = error;
      }
    }
  }
}

/** A message on its way to each of several. */
interface Sent {
  readonly sent: readonly Promise<void>[];
}

/** One of several tries. */
interface Attempt {
  /** Who was asked before. */
  readonly not?: readonly number[] | undefined;
  /** Told whom it goes to. */
  readonly asked?: (id: number) => void;
}

function nobodyToAsk(to: unknown): never {
  throw new NoWorkerError('There is no worker to ask', { to });
}

function isDeathOf(id: number | undefined, error: unknown): boolean {
  return error instanceof WorkerExitedError && error.details.workerId === id;
}

function isLackOfWorkers(error: unknown): boolean {
  return [GroupFailedError, NoWorkerError, ShutDownError, UnknownWorkerError].some(kind => error instanceof kind);
}

/** Resolves when all do; rejects with what failed when that is known of all. */
async function allOf(sent: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(sent);
  const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (errors.length > 0) throw partlyFailed(errors, sent.length);
}
