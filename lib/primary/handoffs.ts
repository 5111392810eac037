/** Those who listen on one address by round robin; when the last one leaves, Node closes it, and looks for nobody any more. */
type Listeners = Set<object>;

/** A connection that was sent to a worker, which has not answered for it. */
interface Handoff {
  readonly worker: object;
  /** Of the address where it came in; `undefined` if nobody was seen to listen there. */
  readonly listeners: Listeners | undefined;
}

/** Which connections are on their way to which workers, and who listens where. A worker is whatever object stands for it. */
export class Handoffs {
  readonly #pending = new Map<unknown, Handoff>();
  readonly #listeners = new Map<unknown, Listeners>();
  #rescued = 0;

  /** How many were on their way to a worker that died, and were given back. */
  get rescued(): number {
    return this.#rescued;
  }

  /** How many are on their way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** A worker listens on an address from now on. */
  joined(worker: object, key: unknown): void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(worker));
  }

  /** A worker listens there no more. The next who does opens the address anew. */
  left(worker: object, key: unknown): void {
    const listeners = this.#listeners.get(key);
    if (listeners?.delete(worker) && listeners.size === 0) this.#listeners.delete(key);
  }

  /** Where a worker listens. */
  addressesOf(worker: object): unknown[] {
    return [...this.#listeners].flatMap(([key, listeners]) => (listeners.has(worker) ? [key] : []));
  }

  /** A connection that came in at an address was sent to a worker, in the message of this number. */
  sent(worker: object, seq: unknown, key: unknown): void {
    this.#pending.set(seq, { worker, listeners: this.#listeners.get(key) });
  }

  /** Whether a number is that of a connection on its way. */
  has(seq: unknown): boolean {
    return this.#pending.has(seq);
  }

  /**
   * A worker has answered for a connection.
   *
   * @returns whether the address where it came in is still open
   * @throws Error when it was sent to another worker
   */
  answered(worker: object, seq: unknown): boolean {
    const handoff = this.#pending.get(seq);
    if (handoff?.worker !== worker) throw new Error('an answer for a connection that another worker was sent');

    this.#pending.delete(seq);
    return handoff.listeners?.size !== 0;
  }

  /** The numbers of the connections for which a worker, which is dead, owes an answer; those that can be saved are counted. */
  owedBy(worker: object): unknown[] {
    const owed = [...this.#pending].filter(([, handoff]) => handoff.worker === worker);
    this.#rescued += owed.filter(([, { listeners }]) => listeners?.size !== 0).length;
    return owed.map(([seq]) => seq);
  }
}

/** Of all primaries of this process, since Node counts its messages and its addresses once in a process. */
export const handoffs = new Handoffs();
