/** When a worker is due to be replaced though nothing is wrong: at the first of these. */
export interface RecycleSettings {
  /** Milliseconds since it was ready. */
  readonly every: number;
  /** Resident memory in bytes. */
  readonly memory: number;
  /** Messages and requests that it has handled. */
  readonly messages: number;
  /** By which share these numbers are lowered at random from worker to worker, from 0 to 1. */
  readonly jitter: number;
}

/** What is known of a worker. */
export interface WorkerUse {
  /** Milliseconds since it was ready. */
  readonly age: number;
  /** Bytes; `undefined` as long as it has not told. */
  readonly memory: number | undefined;
  /** Messages and requests; `undefined` as long as it has not told. */
  readonly handled: number | undefined;
}

/** Which limit a worker has reached. */
export type RecycleCause = 'age' | 'memory' | 'messages';

/** Whether a worker can become due at all. */
export function isRecycling({ every, memory, messages }: RecycleSettings): boolean {
  return Math.min(every, memory, messages) < Number.POSITIVE_INFINITY;
}

/** The limits of one worker: those of its group, each lowered at random so that not all workers reach them at once. */
export class RecyclePolicy {
  readonly #age: number;
  readonly #memory: number;
  readonly #messages: number;

  constructor({ every, memory, messages, jitter }: RecycleSettings, random: () => number = Math.random) {
    // Only downwards: whoever sets a limit expects no worker beyond it. Infinity times nothing would be no number.
    const spread = (limit: number) => (Number.isFinite(limit) ? limit * (1 - jitter * random()) : limit);
    this.#age = spread(every);
    this.#memory = spread(memory);
    this.#messages = spread(messages);
  }

  /** The age in milliseconds at which the worker is due whatever it does; may be `Infinity`. */
  get age(): number {
    return this.#age;
  }

  /** Why the worker is due; `undefined` if it is not. */
  judge({ age, memory = 0, handled = 0 }: WorkerUse): RecycleCause | undefined {
    if (age >= this.#age) return 'age';
    if (memory >= this.#memory) return 'memory';
    return handled >= this.#messages ? 'messages' : undefined;
  }
}
