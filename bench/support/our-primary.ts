import {
  ClusterPrimary,
  type PrimaryHandlers,
  type Serialization,
  type WorkerHandle,
  type WorkerMessageEvent,
} from 'phased-cluster';
import { Counter } from './counter.js';
import { askInLanes, sendInBursts } from './pace.js';
import { makeOrder, type Traffic } from './traffic.js';

/** The primary of `bench/messages.ts` on this library's side, and what is measured with it: the public API, in full. */
export class OurPrimary extends ClusterPrimary<Traffic> implements PrimaryHandlers<Traffic> {
  readonly #counter = new Counter();
  readonly #received = new Counter();

  constructor(workerCount: number, serialization: Serialization = 'json') {
    super({ workerCount, serialization, workerArgs: [], workerScript: new URL('./our-worker.js', import.meta.url) });
  }

  /** From the first send to the first worker until it has counted the last message. */
  async pour(times: number, note?: string): Promise<void> {
    const [to] = this.workers;
    const received = this.#expect(times, this.workers.slice(0, 1));
    const send = (number: number) => this.send({ message: makeOrder('order', number, note), to });
    await sendInBursts(times, { send, sendAndWait: send });
    await received;
  }

  /** The same, by `send` of the worker's handle. */
  async pourByHandle(times: number): Promise<void> {
    const [worker] = this.workers;
    const received = this.#expect(times, this.workers.slice(0, 1));
    const send = (number: number) => Promise.resolve(worker?.send({ message: makeOrder('order', number) }));
    await sendInBursts(times, { send, sendAndWait: send });
    await received;
  }

  /** The same to all workers. */
  async broadcast(times: number): Promise<void> {
    const received = this.#expect(times, this.workers);
    const send = (number: number) => this.send({ message: makeOrder('order', number) });
    await sendInBursts(times, { send, sendAndWait: send });
    await received;
  }

  /** From the word to the first worker until the last of its messages is counted here. */
  async draw(times: number): Promise<void> {
    await new Promise<void>(resolve => {
      this.#counter.expect(times, resolve);
      void this.workers[0]?.send({ message: { type: 'pour', times } });
    });
  }

  /** Asks the first worker so many times. */
  ask(times: number, inFlight: number): Promise<void> {
    const [to] = this.workers;
    return askInLanes(times, inFlight, number => this.request({ message: makeOrder('echo', number), to }));
  }

  _eventWorkerMessage_order(_event: WorkerMessageEvent<Traffic, 'order'>): void {
    this.#counter.arrived();
  }

  _eventWorkerMessage_received(_event: WorkerMessageEvent<Traffic, 'received'>): void {
    this.#received.arrived();
  }

  /** Resolves when each of the workers has counted so many messages from now on. */
  #expect(times: number, to: readonly WorkerHandle<Traffic>[]): Promise<void> {
    void this.send({ message: { type: 'expect', times }, to });
    return new Promise(resolve => this.#received.expect(to.length, resolve));
  }
}
