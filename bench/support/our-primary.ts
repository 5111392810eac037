import { ClusterPrimary, type PrimaryHandlers, type Serialization, type WorkerMessageEvent } from 'phased-cluster';
import { Counter } from './counter.js';
import { askInLanes, sendInBursts } from './pace.js';
import type { Side } from './side.js';
import { ownCpuTime } from './throughput.js';
import { type Load, makeOrder, small, type Traffic } from './traffic.js';

/** This library's side: the public API, in full. */
export class OurPrimary extends ClusterPrimary<Traffic> implements PrimaryHandlers<Traffic>, Side {
  readonly #counter = new Counter();
  readonly #received = new Counter();

  constructor(workerCount: number, serialization: Serialization = 'json') {
    super({ workerCount, serialization, workerArgs: [], workerScript: new URL('./our-worker.js', import.meta.url) });
  }

  async pour(times: number, load: Load = small): Promise<void> {
    const [to] = this.workers;
    const received = this.#expect([times]);
    const send = (number: number) => this.send({ message: makeOrder('order', number, load), to });
    await sendInBursts(times, { send, sendAndWait: send }, load);
    await received;
  }

  /** As `pour`, by `send` of the worker's handle. */
  async pourByHandle(times: number): Promise<void> {
    const [worker] = this.workers;
    const received = this.#expect([times]);
    const send = (number: number) => Promise.resolve(worker?.send({ message: makeOrder('order', number) }));
    await sendInBursts(times, { send, sendAndWait: send });
    await received;
  }

  async pourInTurn(times: number): Promise<void> {
    const { workers } = this;
    const rounds = Math.ceil(times / workers.length);
    const received = this.#expect(workers.map(() => rounds));
    const send = (round: number) => workers.map(to => this.send({ message: makeOrder('order', round), to }));
    await sendInBursts(rounds, { send, sendAndWait: round => Promise.all(send(round)) });
    await received;
  }

  async broadcast(times: number): Promise<void> {
    const received = this.#expect(this.workers.map(() => times));
    const send = (number: number) => this.send({ message: makeOrder('order', number) });
    await sendInBursts(times, { send, sendAndWait: send });
    await received;
  }

  async draw(times: number): Promise<void> {
    await new Promise<void>(resolve => {
      this.#counter.expect(times, resolve);
      void this.workers[0]?.send({ message: { type: 'pour', times } });
    });
  }

  ask(times: number, inFlight: number, load: Load = small): Promise<void> {
    const [to] = this.workers;
    return askInLanes(times, inFlight, number => this.request({ message: makeOrder('echo', number, load), to }));
  }

  askInTurn(times: number, inFlight: number): Promise<void> {
    return askInLanes(times, inFlight, number => this.request({ message: makeOrder('echo', number) }));
  }

  async pourAcross(times: number): Promise<void> {
    const [first, second] = this.workers;
    const received = new Promise<void>(resolve => this.#received.expect(1, resolve));
    await second?.send({ message: { type: 'expect', times } });
    await first?.send({ message: { type: 'pourAcross', times, to: second?.id ?? 0 } });
    await received;
  }

  async askAcross(times: number, inFlight: number): Promise<void> {
    const [first, second] = this.workers;
    await first?.request({ message: { type: 'askAcross', times, inFlight, to: second?.id ?? 0 }, timeout: 60_000 });
  }

  async cpuTime(): Promise<number> {
    const times = await Promise.all(this.workers.map(worker => worker.request({ message: { type: 'cpuTime' } })));
    return times.reduce((sum, time) => sum + time, ownCpuTime());
  }

  _eventWorkerMessage_order(_event: WorkerMessageEvent<Traffic, 'order'>): void {
    this.#counter.arrived();
  }

  _eventWorkerMessage_received(_event: WorkerMessageEvent<Traffic, 'received'>): void {
    this.#received.arrived();
  }

  /** Resolves when the first workers have counted so many messages from now on. */
  #expect(counts: readonly number[]): Promise<void> {
    const received = new Promise<void>(resolve => this.#received.expect(counts.length, resolve));
    counts.forEach((times, index) => {
      void this.workers[index]?.send({ message: { type: 'expect', times } });
    });
    return received;
  }
}
