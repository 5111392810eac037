import type { SendHandle } from 'node:child_process';

/** One server of one worker, to which a router hands connections over. */
export interface RoutedListener {
  /** The worker's: older ones are smaller. */
  readonly id: number;
  /** The name of the worker's slot, which its replacement has too. */
  readonly name: string;
  /**
   * Sends a connection, and what was read of it as latin1, to the worker.
   *
   * Those of one listener have to reach the worker in the order of the calls, and its words about them have to come back in
   * that order. Rejects when the connection was not sent.
   */
  hand(connection: number, head: string | undefined, handle: SendHandle): Promise<void>;
}
