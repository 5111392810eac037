import type { SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Timer } from '../util/clock.js';

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

/** A connection that the primary accepted and that no worker has taken yet. */
export class RoutedConnection {
  readonly socket: Socket;
  /** What the primary has read of it, as latin1. */
  readonly head: string | undefined;
  /** Connections with the same key go to the same worker. */
  readonly key: string;
  /** Who did not take it; they are not asked again before all others were. */
  readonly refused = new Set<RoutedListener>();
  /** When it is given up, on the clock's scale; `undefined` as long as it did not have to wait. */
  deadline: number | undefined;
  #timer: Timer | undefined;

  constructor(socket: Socket, head: string | undefined, key: string) {
    this.socket = socket;
    this.head = head;
    this.key = key;
  }

  /** It waits, and `timer` ends that. */
  wait(timer: Timer): void {
    this.#timer?.cancel();
    this.#timer = timer;
  }

  /** It waits no more. */
  proceed(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Closes the primary's copy. As long as a worker has one the connection stays open. */
  release(): void {
    this.proceed();
    this.socket.destroy();
  }
}
