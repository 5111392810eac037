import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { Counter } from './counter.js';
import { forkRaw, type RawSerialization } from './fork-raw.js';
import type { RawCommand } from './raw-worker.js';
import type { Order } from './traffic.js';

/** What the worker says. */
type RawAnswer =
  | { readonly type: 'ready' | 'received' | 'order' }
  | { readonly type: 'cpuTime'; readonly time: number }
  | (Order & { readonly type: 'echo' });

/** One worker of plain `node:cluster` as its primary sees it, written in the most direct way. */
export class RawLine {
  readonly #worker: Worker;
  readonly #counter = new Counter();
  /** Requests by id, which is the number of the order. */
  readonly #asked = new Map<number, (order: Order) => void>();
  #received = () => {};
  #computed = (_time: number) => {};

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: RawAnswer) => this.#take(answer));
  }

  /** Forks a worker; resolves once it is ready. */
  static async open(serialization: RawSerialization): Promise<RawLine> {
    const worker = forkRaw(new URL('./raw-worker.js', import.meta.url), serialization);
    await once(worker, 'message');
    return new RawLine(worker);
  }

  send(command: RawCommand): void {
    this.#worker.send(command);
  }

  /** Resolves when the operating system took it. */
  sendAndWait(command: RawCommand): Promise<void> {
    return new Promise(resolve => {
      this.#worker.send(command, () => resolve());
    });
  }

  request(order: Order & { readonly type: 'echo' }): Promise<Order> {
    return new Promise(resolve => {
      this.#asked.set(order.number, resolve);
      this.#worker.send(order);
    });
  }

  /** Resolves when the worker has counted so many messages from now on. */
  expect(times: number): Promise<void> {
    return new Promise(resolve => {
      this.#received = resolve;
      this.send({ type: 'expect', times });
    });
  }

  /** From the word to the worker until the last of its messages is counted here. */
  draw(times: number): Promise<void> {
    return new Promise(resolve => {
      this.#counter.expect(times, resolve);
      this.send({ type: 'pour', times });
    });
  }

  /** What the worker has computed so far, in microseconds. */
  cpuTime(): Promise<number> {
    return new Promise(resolve => {
      this.#computed = resolve;
      this.send({ type: 'cpuTime' });
    });
  }

  close(): Promise<unknown> {
    const gone = once(this.#worker, 'exit');
    this.#worker.disconnect();
    return gone;
  }

  #take(answer: RawAnswer): void {
    if (answer.type === 'order') this.#counter.arrived();
    else if (answer.type === 'received') this.#received();
    else if (answer.type === 'cpuTime') this.#computed(answer.time);
    else if (answer.type === 'echo') {
      this.#asked.get(answer.number)?.(answer);
      this.#asked.delete(answer.number);
    }
  }
}
