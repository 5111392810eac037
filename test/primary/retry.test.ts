import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  GroupFailedError,
  RemoteError,
  RequestTimeoutError,
  ShutDownError,
  WorkerExitedError,
} from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { exitedError } from '../../lib/primary/exit-errors.js';
import { Receivers, type Wait } from '../../lib/primary/receivers.js';
import { Retry, type RetryParts } from '../../lib/primary/retry.js';
import { processOf, type WorkerHandle } from '../../lib/primary/worker-handle.js';
import { errorFrame, FrameKind, replyFrame } from '../../lib/protocol/frame.js';
import { FakeCrew } from '../support/fake-supervisor.js';
import type { FakeWorker } from '../support/fake-worker.js';
import { rejection } from '../support/thrown.js';

const message = { type: 'cook' };

class Kitchen extends FakeCrew {
  readonly receivers = new Receivers(this.supervisor, this.clock);

  /** A request, with a timeout of a second and two further tries. */
  request({
    attempts = 2,
    to,
    ...order
  }: {
    attempts?: number;
    to?: unknown;
    signal?: AbortSignal;
    timeout?: number;
  } = {}) {
    const { clock, receivers } = this;
    const find = (wait: Wait) => (to === undefined ? receivers.next(wait) : receivers.one(to, wait));
    const ask: RetryParts['ask'] = (worker, asked) => processOf(worker).request(asked.message, asked);
    const reply = new Retry({ message, timeout: 1_000, ...order }, { clock, attempts, find, ask }).reply();
    reply.catch(() => {});
    return reply;
  }

  /** The requests that each worker was sent, by the order of the forks. */
  get asked(): readonly number[] {
    return this.cluster.workers.map(({ bodies }) => bodies.length);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

function idOf(worker: FakeWorker): number {
  return worker.frames.findLast(([kind]) => kind === FrameKind.request)?.[1] ?? 0;
}

function answer(worker: FakeWorker, value: unknown): void {
  worker.says(replyFrame(idOf(worker), value));
}

describe('Retry', () => {
  it('asks once when that is answered', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready(2);
    const reply = kitchen.request();
    answer(kitchen.cluster.worker(0), 'soup');

    expect(await reply).to.equal('soup');
    expect(kitchen.asked).to.deep.equal([1, 0]);
  });

  it('asks at once: what is sent after the call does not get ahead', async () => {
    using kitchen = new Kitchen();
    const [worker] = await kitchen.ready();
    void kitchen.request();
    void worker?.send({ message: { type: 'later' } });
    await settle();

    expect(kitchen.cluster.worker(0).bodies).to.deep.equal([message, { type: 'later' }]);
  });

  it('asks another worker when the first one dies', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready(2);
    const reply = kitchen.request();
    kitchen.cluster.worker(0).exits(null, 'SIGKILL');
    await settle();
    answer(kitchen.cluster.worker(1), 'soup');

    expect(await reply).to.equal('soup');
    expect(kitchen.asked).to.deep.equal([1, 1, 0]);
  });

  it('asks another one for each death, up to its attempts, and rejects with the last death', async () => {
    using kitchen = new Kitchen({ restart: { intensity: 9 } });
    await kitchen.ready(4);
    const reply = kitchen.request({ attempts: 2 });
    for (const index of [0, 1, 2]) {
      kitchen.cluster.worker(index).exits(1);
      await settle();
    }

    expect(await rejection(reply))
      .to.be.instanceOf(WorkerExitedError)
      .with.nested.property('details.workerId', 3);
    expect(kitchen.asked.slice(0, 4)).to.deep.equal([1, 1, 1, 0]);
  });

  it('waits for a replacement, which is another worker, when there is nobody else', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready();
    const reply = kitchen.request();
    kitchen.cluster.worker(0).exits(1);
    await settle();
    kitchen.cluster.worker(1).becomesReady();
    await settle();
    answer(kitchen.cluster.worker(1), 'soup');

    expect(await reply).to.equal('soup');
  });

  it('never asks the same process twice, even if it still counts as ready', async () => {
    using kitchen = new Kitchen();
    const [first] = await kitchen.ready(2);
    const { clock, receivers } = kitchen;
    const asked: number[] = [];
    const ask = (worker: WorkerHandle) => {
      asked.push(worker.id);
      return Promise.reject(exitedError({ workerId: worker.id, name: worker.name }, undefined));
    };
    const parts = { clock, attempts: 5, find: (wait: Wait) => receivers.next(wait), ask };
    const reply = new Retry({ message, timeout: 1_000 }, parts).reply();
    reply.catch(() => {});
    await settle();

    expect(first?.state).to.equal('ready');
    expect(asked).to.deep.equal([1, 2]);
    clock.advance(1_000);
    expect(await rejection(reply)).to.be.instanceOf(RequestTimeoutError);
  });

  it('asks the next process of a slot that is named, and only that', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready(1, 'cook');
    await kitchen.ready(1);
    const reply = kitchen.request({ to: 'cook' });
    kitchen.cluster.worker(0).exits(1);
    await settle();
    kitchen.cluster.worker(2).becomesReady();
    await settle();
    answer(kitchen.cluster.worker(2), 'soup');

    expect(await reply).to.equal('soup');
    expect(kitchen.asked).to.deep.equal([1, 0, 1]);
  });

  it('leaves everything but a death as it is', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready(2);
    const reply = kitchen.request();
    const worker = kitchen.cluster.worker(0);
    worker.says(errorFrame(idOf(worker), toWireError(new Error('burnt'))));

    expect(await rejection(reply)).to.be.instanceOf(RemoteError);
    expect(kitchen.asked).to.deep.equal([1, 0]);
  });

  it('does not take the death of somebody else, or the tale of a death, for one', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready(2);
    const death = exitedError({ workerId: 1, name: 'default-0' }, undefined);
    const told = kitchen.request();
    const worker = kitchen.cluster.worker(0);
    worker.says(errorFrame(idOf(worker), toWireError(death)));
    expect(await rejection(told)).to.be.instanceOf(RemoteError);

    const { clock, receivers } = kitchen;
    const ask = () => Promise.reject(exitedError({ workerId: 99, name: 'waiter' }, undefined));
    const parts = { clock, attempts: 5, find: (wait: Wait) => receivers.next(wait), ask };

    expect(await rejection(new Retry({ message, timeout: 1_000 }, parts).reply()))
      .to.be.instanceOf(WorkerExitedError)
      .with.nested.property('details.workerId', 99);
    expect(kitchen.asked).to.deep.equal([1, 0]);
  });

  it('has one timeout for all tries', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready(2);
    const reply = kitchen.request();
    kitchen.clock.advance(600);
    kitchen.cluster.worker(0).exits(1);
    await settle();
    expect(kitchen.asked[1]).to.equal(1);
    kitchen.clock.advance(399);
    await settle();
    kitchen.clock.advance(1);

    expect(await rejection(reply)).to.be.instanceOf(RequestTimeoutError);
  });

  it('makes no further try when its time is over', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready(2);
    const { clock, receivers } = kitchen;
    const ask = (worker: WorkerHandle) => {
      clock.advance(1_000);
      return Promise.reject(exitedError({ workerId: worker.id, name: worker.name }, undefined));
    };
    let finds = 0;
    const find = (wait: Wait) => {
      finds++;
      return receivers.next(wait);
    };

    const error = await rejection(new Retry({ message, timeout: 1_000 }, { clock, attempts: 5, find, ask }).reply());

    expect(error)
      .to.be.instanceOf(RequestTimeoutError)
      .with.property('message', 'No worker was ready to answer `cook` within 1000 ms');
    expect(finds).to.equal(1);
  });

  it('ends with its signal, while it asks and while it waits for another', async () => {
    using kitchen = new Kitchen();
    await kitchen.ready();
    const { signal, abort } = controlled();
    const asking = kitchen.request({ signal });
    const waiting = kitchen.request({ signal });
    await settle();
    kitchen.cluster.worker(0).exits(1);
    await settle();
    abort();

    for (const reply of [asking, waiting]) expect(await rejection(reply)).to.have.property('message', 'not hungry');
    kitchen.cluster.worker(1).becomesReady();
    await settle();
    expect(kitchen.asked).to.deep.equal([2, 0]);
  });

  it('rejects with the death when there will be nobody else', async () => {
    using kitchen = new Kitchen({ restart: { intensity: 0 } });
    await kitchen.ready();
    const failed = kitchen.request();
    kitchen.cluster.worker(0).exits(1);
    expect(await rejection(failed)).to.be.instanceOf(WorkerExitedError);
    expect(await rejection(kitchen.request())).to.be.instanceOf(GroupFailedError);

    using other = new Kitchen();
    await other.ready();
    const stopped = other.request();
    void other.supervisor.shutDown();
    other.cluster.worker(0).exits(0);
    expect(await rejection(stopped)).to.be.instanceOf(WorkerExitedError);
    expect(await rejection(other.request())).to.be.instanceOf(ShutDownError);
  });
});

function controlled() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('not hungry')) };
}
