import cluster from 'node:cluster';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { NotAWorkerError } from '../../lib/errors/errors.js';
import { FrameKind, stopFrame, storeFrame } from '../../lib/protocol/frame.js';
import { ClusterWorker } from '../../lib/worker/cluster-worker.js';
import { settled } from '../support/conversation.js';
import { FakeWorker } from '../support/fake-worker.js';
import { InsideWorker } from '../support/inside-worker.js';
import { rejection } from '../support/thrown.js';

const env = { CLUSTER_NAME: 'cook', CLUSTER_GROUP: 'cooks', CLUSTER_SLOT: '0' };

/** What this worker has asked about the storage. */
function asked({ primary }: InsideWorker): unknown[] {
  return primary.frames.flatMap(frame => (frame[0] === FrameKind.store ? [[frame[1], frame[2]]] : []));
}

/** Gives this worker a replica, as the answer to its request with this id. */
function attach({ primary }: InsideWorker, id: number, value: Record<string, number>, version = 5): void {
  const parts = Object.entries(value).map(([path, each]) => [path, each] as const);
  primary.says(storeFrame(0, { parts, first: { group: 'cooks' } }), storeFrame(id, version));
}

/** Until it is disposed, Node seems to have an object for this worker, which hears that the channel closes. */
function nodesWorker() {
  const { worker: before } = cluster;
  const worker = new FakeWorker();
  Object.assign(cluster, { worker });
  return { worker, [Symbol.dispose]: () => void Object.assign(cluster, { worker: before }) };
}

describe('StoringWorker', () => {
  it('rejects whatever is asked outside a worker process', async () => {
    const { storage } = new ClusterWorker();
    const asks = [
      () => storage.get('a'),
      () => storage.set('a', 1),
      () => storage.attach(),
      () => storage.lock('leader'),
      () => storage.watch('a').next(),
    ];

    for (const ask of asks) expect(await rejection(ask), ask.toString()).to.be.instanceOf(NotAWorkerError);
    expect(await rejection(() => storage.peek('a'))).to.include({ code: 'CLUSTER_REPLICA_NOT_READY' });
  });

  it('is the same storage each time', () => {
    const worker = new ClusterWorker({ initialize: false });

    expect(worker.storage).to.equal(worker.storage);
  });

  it('says nothing about storage that it does not use', async () => {
    using inside = new InsideWorker(env);
    const worker = new (await inside.workerClass())();
    await worker.ready;

    expect(asked(inside)).to.deep.equal([]);
  });

  it('asks the primary, and reads its replica', async () => {
    using inside = new InsideWorker(env);
    const { storage } = await new (await inside.workerClass())().ready;
    const read = storage.get('a');
    await settled();
    expect(asked(inside)).to.deep.equal([[1, ['attach']]]);
    attach(inside, 1, { a: 1 });
    await settled();
    inside.primary.says(storeFrame(0, { versions: [6], paths: ['b'], values: [2] }), storeFrame(2, 1));

    expect(await read).to.equal(1);
    expect(storage.peek('')).to.deep.equal({ a: 1, b: 2 });
    const written = storage.increment('a', 5);
    await settled();
    inside.primary.says(storeFrame(3, [[7, [6]]]));
    expect([await written, storage.peek('a')]).to.deep.equal([6, 6]);
    expect(asked(inside).slice(1)).to.deep.equal([
      [2, 'a'],
      [3, ['increment', 'a', 5]],
    ]);
  });

  it('can be used in the constructor and in `_initialize`, in this order, which may wait for both', async () => {
    using inside = new InsideWorker(env);
    const Base = await inside.workerClass();
    const log: unknown[] = [];
    class Cook extends Base {
      readonly early = this.storage.set('a', 1);

      protected override async _initialize(): Promise<void> {
        const late = this.storage.set('a', 2);
        log.push(await this.early, await late, this.storage.peek('a'));
      }
    }
    const worker = new Cook();
    await settled();
    attach(inside, 1, { a: 0 });
    await settled();
    expect(asked(inside).slice(1)).to.deep.equal([
      [2, ['set', 'a', 1]],
      [3, ['set', 'a', 2]],
    ]);
    inside.primary.says(storeFrame(2, 6), storeFrame(3, 7));
    await worker.ready;

    expect(log).to.deep.equal([6, 7, 2]);
  });

  it('rejects everything when the primary is gone', async () => {
    using inside = new InsideWorker(env);
    using node = nodesWorker();
    const { storage } = await new (await inside.workerClass())().ready;
    const attached = storage.attach();
    await settled();
    attach(inside, 1, { a: 1 });
    await attached;
    const locked = storage.lock('leader');
    await settled();
    inside.primary.says(storeFrame(2, [[9, 0]]));
    const lock = await locked;
    const watch = storage.watch('a');
    const [waiting, next] = [rejection(storage.get('a')), rejection(watch.next())];
    await settled();
    inside.primary.hangsUp();
    node.worker.emit('disconnect');
    await settled();

    const reason = await waiting;
    expect(reason).to.include({ code: 'CLUSTER_CHANNEL_CLOSED' });
    expect(await next).to.equal(reason);
    expect(lock.signal.reason).to.include({ code: 'CLUSTER_LOCK_LOST', cause: reason });
    expect(await rejection(storage.watch('a').next())).to.equal(reason);
    expect(storage.peek('a')).to.equal(1);
  });

  it('can still be used while the worker stops', async () => {
    using inside = new InsideWorker(env);
    const Base = await inside.workerClass();
    class Cook extends Base {
      protected override async _destroy(): Promise<void> {
        await this.storage.set('bye', 1);
      }
    }
    const worker = await new Cook().ready;
    const attached = worker.storage.attach();
    await settled();
    attach(inside, 1, {});
    await attached;
    inside.primary.says(stopFrame('shutDown', 0));
    await settled();
    await settled();
    expect(asked(inside).at(-1)).to.deep.equal([2, ['set', 'bye', 1]]);
    inside.primary.says(storeFrame(2, 6));
    await settled();

    expect(worker.storage.peek('bye')).to.equal(1);
  });
});
