import type { SendHandle } from 'node:child_process';
import { afterInput } from '../util/clock.js';
import { type Handoffs, handoffs } from './handoffs.js';

/** What is guarded of a worker's child process. */
export interface HandingProcess {
  /** Node sets it to `null` when nothing can be read any more. */
  readonly channel?: object | null | undefined;
  emit(event: string, ...values: unknown[]): boolean;
  once(event: 'exit' | 'disconnect', listener: () => void): unknown;
  send?(message: unknown, handle?: SendHandle, options?: object, sent?: (error: Error | null) => void): boolean;
  disconnect?(): void;
}

/** What the two sides of Node's cluster tell each other, as far as it is of interest here. */
type ClusterMessage = { readonly [Part in 'cmd' | 'act' | 'seq' | 'key' | 'ack' | 'accepted' | 'errno']?: unknown };

/**
 * Sees to it that no connection is lost between Node's round robin and a worker.
 *
 * Node sends a connection to a worker, and keeps a copy of it until the worker answers; if that dies before, Node waits for
 * ever, and so does the client. The answer comes before anything is read of the connection: so when the process is gone, and
 * all that it said was heard, Node is told in its name that it did not take it. Node then gives it to another worker.
 */
export class HandoffGuard {
  readonly #process: HandingProcess;
  readonly #book: Handoffs;
  #exited = false;
  #parted = false;
  #disconnected = false;

  constructor(process: HandingProcess, book: Handoffs = handoffs) {
    this.#process = process;
    this.#book = book;
    this.#overhear();
    process.once('disconnect', () => {
      this.#disconnected = true;
    });
    process.once('exit', () => {
      this.#exited = true;
      this.#leave();
      this.#giveBack();
    });
  }

  /**
   * What Node may hear instead of a message that came in Node's name.
   *
   * @throws Error when the worker answers for a connection that another one was sent
   */
  heard(message: unknown): unknown {
    const { cmd, act, key, ack, accepted } = (message ?? {}) as ClusterMessage;
    if (cmd !== 'NODE_CLUSTER') return message;

    if (this.#book.has(ack)) {
      const isOpen = this.#book.answered(this, ack);
      // Of an address that is closed, Node would keep it, for nobody. As if it were taken, Node lets go of it.
      return accepted || isOpen ? message : { ...(message as object), accepted: true };
    }
    if (act === 'close') this.#book.left(this, key);
    return message;
  }

  #overhear(): void {
    const guard = this;
    const { send, disconnect } = this.#process;
    if (!send || !disconnect) return;

    this.#process.send = function overheard(message, handle, options, sent) {
      guard.#sent(message as ClusterMessage | null, handle);
      return send.call(this, message, handle, options, sent);
    };
    // Node itself calls it when it has read the channel to its end.
    this.#process.disconnect = function overheard() {
      disconnect.call(this);
      guard.#part();
    };
  }

  #sent(message: ClusterMessage | null, handle: unknown): void {
    if (message?.cmd !== 'NODE_CLUSTER') return;

    const { act, seq, key, ack, errno } = message;
    if (act === 'newconn') this.#book.sent(this, seq, key);
    // The answer to a worker that wants to listen; one that gets a handle accepts by itself.
    else if (ack !== undefined && key !== undefined && !errno && !handle) this.#book.joined(this, key);
    // Node takes it off every address as soon as this is sent.
    else if (act === 'disconnect') this.#leave();
  }

  /** Node would still choose it, for connections that it could not even send. */
  #leave(): void {
    for (const key of this.#book.addressesOf(this)) this.#say({ act: 'close', key });
  }

  #part(): void {
    this.#parted = true;
    this.#leave();
    this.#giveBack();
    // If a handle was on its way, Node forgets to tell, and to forget the worker.
    afterInput(() => {
      if (!this.#disconnected && this.#process.channel === null) this.#process.emit('disconnect');
    });
  }

  #giveBack(): void {
    if (!this.#exited || !this.#parted) return;

    for (const ack of this.#book.owedBy(this)) this.#say({ ack, accepted: false });
  }

  /** Tells Node something as if the worker had said it. */
  #say(message: ClusterMessage): void {
    this.#process.emit('internalMessage', { cmd: 'NODE_CLUSTER', ...message });
  }
}
