import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { Counter } from './counter.js';
import { askInLanes, sendInBursts } from './pace.js';
import type { RawCommand } from './raw-worker.js';
import { makeOrder, type Order } from './traffic.js';

/** What the worker says. */
type RawAnswer = { readonly type: 'ready' | 'received' | 'order' } | (Order & { readonly type: 'echo' });

/** One worker of plain `node:cluster` and what is measured with it, written in the most direct way. */
export class RawLine {
  readonly worker: Worker;
  readonly #counter = new Counter();
  /** Requests by id, which is the number of the order. */
  readonly #asked = new Map<number, (order: Order) => void>();
  #received = () => {};

  private constructor(worker: Worker) {
    this.worker = worker;
    worker.on('message', (answer: RawAnswer) => this.#take(answer));
  }

  /** Forks a worker; resolves once it is ready. */
  static async open(serialization: 'json' | 'advanced' = 'json'): Promise<RawLine> {
    const worker = forkRaw(new URL('./raw-worker.js', import.meta.url), serialization);
    await once(worker, 'message');
    return new RawLine(worker);
  }

  /** From the first send until the worker has counted the last message. */
  async pour(times: number, note?: string): Promise<void> {
    const received = this.expect(times);
    await sendInBursts(times, {
      send: number => this.worker.send(makeOrder('order', number, note)),
      sendAndWait: number => sendAndWait(this.worker, makeOrder('order', number, note)),
    });
    await received;
  }

  /** From the word to the worker until the last of its messages is counted here. */
  async draw(times: number): Promise<void> {
    await new Promise<void>(resolve => {
      this.#counter.expect(times, resolve);
      this.#tell({ type: 'pour', times });
    });
  }

  /** Asks so many times, with a promise each. */
  ask(times: number, inFlight: number): Promise<void> {
    return askInLanes(times, inFlight, number => this.#request(makeOrder('echo', number)));
  }

  /** Resolves when the worker has counted so many messages from now on. */
  expect(times: number): Promise<void> {
    const received = new Promise<void>(resolve => {
      this.#received = resolve;
    });
    this.#tell({ type: 'expect', times });
    return received;
  }

  close(): Promise<unknown> {
    const gone = once(this.worker, 'exit');
    this.worker.disconnect();
    return gone;
  }

  #request(order: Order): Promise<Order> {
    return new Promise(resolve => {
      this.#asked.set(order.number, resolve);
      this.worker.send(order);
    });
  }

  #take(answer: RawAnswer): void {
    if (answer.type === 'order') this.#counter.arrived();
    else if (answer.type === 'received') this.#received();
    else if (answer.type === 'echo') {
      this.#asked.get(answer.number)?.(answer);
      this.#asked.delete(answer.number);
    }
  }

  #tell(command: RawCommand): void {
    this.worker.send(command);
  }
}

/** Forks; every setting is set anew, since Node keeps those of the last fork. */
export function forkRaw(script: URL, serialization: 'json' | 'advanced' = 'json'): Worker {
  cluster.setupPrimary({ exec: script.pathname, args: [], serialization });
  return cluster.fork();
}

/** Sends to all, each message to each; resolves when all have counted the last. */
export async function broadcastRaw(lines: readonly RawLine[], times: number): Promise<void> {
  const received = lines.map(line => line.expect(times));
  await sendInBursts(times, {
    send: number => {
      const order = makeOrder('order', number);
      for (const { worker } of lines) worker.send(order);
    },
    sendAndWait: number => {
      const order = makeOrder('order', number);
      return Promise.all(lines.map(({ worker }) => sendAndWait(worker, order)));
    },
  });
  await Promise.all(received);
}

function sendAndWait(worker: Worker, message: object): Promise<void> {
  return new Promise(resolve => {
    worker.send(message, () => resolve());
  });
}
