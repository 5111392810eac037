import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ChannelClosedError } from '../../lib/errors/errors.js';
import { StorageDesk, type StorageDeskParts } from '../../lib/primary/storage-desk.js';
import { type Frame, FrameKind } from '../../lib/protocol/frame.js';
import { unpackFrames } from '../../lib/protocol/frame-run.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { StorageUser } from '../../lib/storage/storage-user.js';
import { openGate, ReplicaWorld } from '../storage/replica-world.js';
import { settled } from '../support/settled.js';
import { readyProcess } from '../support/worker-process.js';

function setUp(parts: Partial<StorageDeskParts> = {}) {
  const writers: StorageUser[] = [];
  const pass: typeof openGate.pass = (_writes, by, apply) => {
    writers.push(by);
    apply();
  };
  const { hub, store } = new ReplicaWorld({ store: new MemoryStore(), gate: { ...openGate, isOn: true, pass } });
  hub.open({ a: 1, secret: 2 });
  const desk = new StorageDesk({ hub, access: {}, maxPending: 10, ...parts });
  return { desk, hub, store, writers };
}

/** A worker, and what it was told about storage, as `[id, body]`. */
function worker() {
  const { fake, worker } = readyProcess();
  const said = async () => {
    await settled();
    const frames = fake.process.written.splice(0).flatMap(payload => unpackFrames(payload as Frame[]));
    return frames.filter(([kind]) => kind === FrameKind.store).map(([, id, body]) => [id, body]);
  };
  return { fake, handle: worker.handle, said };
}

const refusalOf = (code: string) => (each: unknown) =>
  (each as readonly [number, { readonly error?: { readonly code?: string } }])[1].error?.code === code;

describe('StorageDesk', () => {
  it('answers each worker on its own channel, and each request once', async () => {
    const { desk } = setUp();
    const [one, other] = [worker(), worker()];

    expect(desk.take(one.handle, 1, 'a')).to.equal(true);
    expect(desk.take(one.handle, 1, 'a')).to.equal(false);
    expect(desk.take(other.handle, 1, 'x')).to.equal(true);

    expect(await one.said()).to.deep.equal([[1, 1]]);
    expect(await other.said()).to.deep.equal([[1, []]]);
  });

  it('lets a worker do what its group may, and nobody inherits rules', async () => {
    const { desk } = setUp({ access: { default: { secret: 'none' } } });
    const { handle, said } = worker();
    desk.take(handle, 1, 'secret');
    desk.take(handle, 2, 'a');
    const [refused, answered] = await said();
    expect(refused).to.satisfy(refusalOf('CLUSTER_STORAGE_DENIED'));
    expect(answered).to.deep.equal([2, 1]);

    const inherited = setUp({ access: Object.create({ default: { secret: 'none' } }) });
    const free = worker();
    inherited.desk.take(free.handle, 1, 'secret');
    expect(await free.said()).to.deep.equal([[1, 2]]);
  });

  it('knows the worker behind a write', () => {
    const { desk, writers } = setUp();
    const { handle } = worker();

    desk.take(handle, 1, ['set', 'a', 5]);

    const [writer] = writers as [StorageUser];
    expect(desk.workerOf(writer)).to.equal(handle);
    expect(desk.workerOf({ ...writer })).to.equal(undefined);
  });

  it('tells a worker that an answer could not be sent', async () => {
    const { desk } = setUp();
    const { handle, said } = worker();
    desk.take(handle, 1, 'a');
    await said();

    desk.failed(handle, 2, new RangeError('too large'));

    expect(await said()).to.have.nested.property('[0][1].error.message', 'too large');
  });

  it('has a replica begin anew when something for it could not be sent', async () => {
    const { desk } = setUp();
    const { handle, said } = worker();
    desk.take(handle, 1, ['attach']);
    await said();

    desk.failed(handle, 0, new RangeError('too large'));

    expect(await said()).to.deep.equal([[0, { behind: true }]]);
  });

  it('says nothing to a worker that something cannot be written to any more, though its channel seems to be open', async () => {
    const { desk } = setUp();
    const { handle, said, fake } = worker();
    desk.take(handle, 1, ['attach']);
    await said();

    const error = new ChannelClosedError('The channel to worker 7 is closed', { peer: 'worker 7' });
    for (const id of [0, 1, 2]) desk.failed(handle, id, error);

    expect(fake.process.connected).to.equal(true);
    expect(await said()).to.deep.equal([]);
  });

  it('says nothing to a worker that cannot hear, or never asked', async () => {
    const { desk } = setUp();
    const { handle, said, fake } = worker();
    desk.failed(handle, 1, new Error('x'));
    desk.take(handle, 1, 'a');
    await said();
    fake.process.connected = false;
    desk.failed(handle, 1, new Error('x'));
    desk.failed(handle, 0, new Error('x'));

    expect(await said()).to.deep.equal([]);
  });

  it('tells a worker nothing more that is disconnected, and lets it keep its locks until it is gone', async () => {
    const { desk, hub } = setUp();
    const { handle, said } = worker();
    desk.take(handle, 1, ['attach']);
    desk.take(handle, 2, ['lock', 1, null, 'leader']);
    await said();

    desk.disconnected(handle);
    const other = worker();
    desk.take(other.handle, 1, ['set', 'a', 5]);
    expect(await said()).to.deep.equal([]);
    expect(hub.locks.size).to.equal(1);

    desk.gone(handle);
    desk.gone(handle);
    expect(hub.locks.size).to.equal(0);
  });

  it('does not mind workers that never used the storage', () => {
    const { desk } = setUp();
    const { handle } = worker();

    expect(() => {
      desk.disconnected(handle);
      desk.gone(handle);
    }).to.not.throw();
  });

  it('carries out what was sent before the channel closed', () => {
    const { desk, store } = setUp();
    const { handle } = worker();
    desk.take(handle, 1, ['increment', 'n', 1]);
    desk.disconnected(handle);

    expect(desk.take(handle, 2, ['increment', 'n', 1])).to.equal(true);

    expect(store.peek(parsePath('n'))).to.equal(2);
  });
});
