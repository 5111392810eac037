import type { Load } from './traffic.js';

/** One side of a comparison: a primary with its workers, by hand or by this library, and what is measured with it. */
export interface Side {
  /** From the first send to the first worker until it has counted the last message. */
  pour(times: number, load?: Load): Promise<void>;

  /** The same to each worker in turn. */
  pourInTurn(times: number): Promise<void>;

  /** The same, every message to all workers. */
  broadcast(times: number): Promise<void>;

  /** From the word to the first worker until the last of its messages is counted in the primary. */
  draw(times: number): Promise<void>;

  /** Asks the first worker, so many times. */
  ask(times: number, inFlight: number, load?: Load): Promise<void>;

  /** Asks each worker in turn. */
  askInTurn(times: number, inFlight: number): Promise<void>;

  /** What the primary and its workers have computed so far, in microseconds. */
  cpuTime(): Promise<number>;

  /** Ends the workers. */
  destroy(): Promise<void>;
}
