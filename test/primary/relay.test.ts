import { expect } from 'chai';
import { describe, it } from 'mocha';
import { fromPrimaryError } from '../../lib/errors/wire-error.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { PeerWatch } from '../../lib/primary/peer-watch.js';
import { Receivers } from '../../lib/primary/receivers.js';
import { Relay } from '../../lib/primary/relay.js';
import { Whereabouts } from '../../lib/primary/whereabouts.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import {
  beatFrame,
  type Frame,
  FrameKind,
  farewellFrame,
  helloFrame,
  parcelFrame,
  readyFrame,
  seekFrame,
} from '../../lib/protocol/frame.js';
import { settled } from '../support/conversation.js';
import { FakeCrew } from '../support/fake-supervisor.js';
import { rejection } from '../support/thrown.js';

const batch = '[[2,0,"soup"]]';

async function setUp({
  workers = 2,
  watched = false,
  ...options
}: ClusterPrimaryOptions & { workers?: number; watched?: boolean } = {}) {
  const crew = new FakeCrew(options);
  const handles = await crew.ready(workers);
  const watch = new PeerWatch({
    announce: crew.announce,
    limits: { maxDepth: 10, maxMessageBytes: 10_000 },
    isOn: () => watched,
  });
  const relay = new Relay({
    ...{ announce: crew.announce, watch, maxMessageBytes: 1_000, maxQueuedBytes: 1_000 },
    search: new Whereabouts(crew.supervisor, new Receivers(crew.supervisor, crew.clock)),
  });
  const frames = (index: number): readonly Frame[] => crew.cluster.worker(index).frames;
  const violations = () =>
    crew.announced.flatMap(([name, data]) =>
      name === 'channelViolation' ? [Reflect.get(Object(data), 'reason')] : [],
    );
  await settled();
  for (const { process } of crew.cluster.workers) process.written.length = 0;
  return {
    crew,
    relay,
    handles: handles as [WorkerHandle, WorkerHandle],
    frames,
    violations,
    [Symbol.dispose]: () => crew[Symbol.dispose](),
  };
}

/** The class of the error that a frame carries. */
const errorOf = (frame: Frame | undefined) => fromPrimaryError(frame?.[2]).name;

describe('Relay', () => {
  it('passes a parcel on with the name of its sender, and tells the sender when that is done', async () => {
    using each = await setUp();
    const [ann, bob] = each.handles;
    each.relay.take(ann, parcelFrame(7, bob.id, batch));

    expect(each.frames(1)).to.deep.equal([[20, 0, { id: ann.id, name: ann.name, group: 'default' }, batch]]);
    expect(each.frames(0)).to.deep.equal([]);
    await settled();
    expect(each.frames(0)).to.deep.equal([[FrameKind.delivered, 7]]);
  });

  it('lets parcels wait for a worker that has not said hello', async () => {
    using each = await setUp();
    const [ann] = each.handles;
    void each.crew.fork(1, 'late');
    each.relay.take(ann, parcelFrame(1, 3, batch));
    await settled();
    expect([each.frames(2), each.frames(0)]).to.deep.equal([[], []]);

    each.crew.cluster.worker(2).says(helloFrame(), readyFrame());
    await settled();

    expect(each.frames(2).map(([kind]) => kind)).to.deep.equal([FrameKind.parcel]);
    expect(each.frames(0)).to.deep.equal([[FrameKind.delivered, 1]]);
  });

  it('turns bytes into text for a channel that carries no others', async () => {
    using each = await setUp();
    const [ann, bob] = each.handles;
    each.relay.take(ann, parcelFrame(1, bob.id, Buffer.from('bytes')));

    expect(each.frames(1)[0]?.[3]).to.equal(`b${Buffer.from('bytes').toString('base64')}`);
  });

  it('returns what is for nobody', async () => {
    using each = await setUp();
    const [ann] = each.handles;
    each.relay.take(ann, parcelFrame(3, 9, batch));
    await settled();

    const [frame] = each.frames(0);
    expect([frame?.[0], frame?.[1], errorOf(frame)]).to.deep.equal([FrameKind.undelivered, 3, 'UnknownWorkerError']);
    expect(each.frames(0)[0]?.[2]).to.not.have.property('stack');
    expect(each.violations()).to.deep.equal([]);
  });

  it('returns what is for a worker that closes its channel before it reads', async () => {
    using each = await setUp();
    const [ann] = each.handles;
    void each.crew.fork(1, 'late');
    each.relay.take(ann, parcelFrame(3, 3, batch));
    each.crew.cluster.worker(2).exits(1);
    await settled();

    const kinds = each.frames(0).map(frame => [frame[0], errorOf(frame)]);
    expect(kinds).to.deep.include([FrameKind.undelivered, 'WorkerExitedError']);
    expect(kinds).to.deep.include([FrameKind.farewell, 'WorkerExitedError']);
  });

  it('refuses parcels to a worker that would not understand them', async () => {
    using each = await setUp({ groups: { raw: { readyOn: 'online' } } });
    const [ann] = each.handles;
    void each.crew.supervisor.fork({ group: 'raw', count: 1 }, { env: {}, args: [] }).catch(() => {});
    each.relay.take(ann, parcelFrame(3, 3, batch));
    await settled();

    expect(errorOf(each.frames(0)[0])).to.equal('WrongCallError');
    expect(each.frames(2)).to.deep.equal([]);
  });

  it('tells of what no worker of ours sends, and of parcels that are too large', async () => {
    using each = await setUp();
    const [ann, bob] = each.handles;
    for (const frame of [
      ...[beatFrame(0), farewellFrame(bob.id), parcelFrame(1, { id: 2, name: 'x', group: 'y' }, batch)],
      ...[parcelFrame(1, 2, [] as never), parcelFrame(1, 2, 'x'.repeat(128 * 1024 + 1))],
    ]) {
      each.relay.take(ann, frame as never);
    }
    await settled();

    expect(each.violations()).to.deep.equal([
      ...['Unexpected frame of kind 11', 'Unexpected frame of kind 25', 'a parcel of wrong shape'],
      ...['a parcel of wrong shape', 'a parcel that is too large'],
    ]);
    expect(each.frames(0).map(errorOf)).to.deep.equal(['MessageTooLargeError']);
    expect(each.frames(1)).to.deep.equal([]);
  });

  it('returns what is for a worker whose channel has just closed as to one that is gone', async () => {
    using each = await setUp();
    const [ann, bob] = each.handles;
    each.crew.cluster.worker(1).process.connected = false;
    each.relay.take(ann, parcelFrame(1, bob.id, batch));
    await settled();

    expect(each.frames(0).map(errorOf)).to.deep.equal(['WorkerExitedError']);
  });

  it('tells a worker what became of its parcels, however much waits for it', async () => {
    using each = await setUp({ maxQueuedMessages: 1 });
    const [ann, bob] = each.handles;
    const { process } = each.crew.cluster.worker(0);
    const { send } = process;
    let taken = () => {};
    process.send = (_payload, _handle, _options, sent) => {
      process.send = send;
      taken = () => sent(null);
      return true;
    };
    const first = ann.send({ message: { type: 'first' } });
    each.relay.take(ann, parcelFrame(1, bob.id, batch));
    await settled();
    expect(await rejection(ann.send({ message: { type: 'refused' } }))).to.have.property(
      'code',
      'CLUSTER_BACKPRESSURE',
    );
    taken();
    await first;
    await settled();

    expect(each.frames(0)).to.deep.equal([[FrameKind.delivered, 1]]);
  });

  it('takes no more parcels than a worker of ours would send before it hears of them', async () => {
    using each = await setUp();
    const [ann] = each.handles;
    void each.crew.fork(1, 'late');
    const large = 'x'.repeat(1_000);
    for (let id = 1; id <= 6; id++) each.relay.take(ann, parcelFrame(id, 3, large));
    await settled();

    const told = each.frames(0).map(frame => [frame[1], errorOf(frame)]);
    expect(told).to.deep.equal([
      [5, 'BackpressureError'],
      [6, 'BackpressureError'],
    ]);
    expect(each.violations()).to.deep.equal(new Array(2).fill('more parcels than it was told to send'));
    each.crew.cluster.worker(2).says(helloFrame(), readyFrame());
    await settled();
    expect(each.frames(2)).to.have.length(4);
    expect(
      each
        .frames(0)
        .slice(2)
        .map(([kind]) => kind),
    ).to.deep.equal(new Array(4).fill(FrameKind.delivered));
  });

  it('returns what a subscriber prevents, and passes the rest on', async () => {
    using each = await setUp({ watched: true });
    const [ann, bob] = each.handles;
    each.crew.prevented.add('peerMessage');
    each.relay.take(ann, parcelFrame(1, bob.id, '[[2,0,"soup"],[4,1,"answer"]]'));
    each.relay.take(ann, parcelFrame(2, bob.id, batch));
    each.relay.take(ann, parcelFrame(3, bob.id, 'no batch'));
    await settled();

    expect(each.frames(1).map(frame => frame[3])).to.deep.equal(['[[4,1,"answer"]]']);
    const told = each.frames(0).map(frame => [frame[1], errorOf(frame), frame[3]]);
    expect(told.sort()).to.deep.equal([
      [1, 'PreventedError', [0]],
      [2, 'PreventedError', [0]],
      [3, 'UnserializableMessageError', undefined],
    ]);
    expect(each.violations()).to.deep.equal(['a parcel with contents that no worker sends']);
  });

  it('tells whom a worker means, or why nobody', async () => {
    using each = await setUp();
    const [ann, bob] = each.handles;
    each.relay.take(ann, seekFrame(1, { to: bob.name, tag: '' }));
    each.relay.take(ann, seekFrame(2, { to: 'all', tag: '' }));
    each.relay.take(ann, seekFrame(3, { to: 'nobody', tag: '' }));
    await settled();

    const found = each.frames(0);
    expect(found.slice(0, 2)).to.deep.equal([
      [FrameKind.found, 1, [bob.id]],
      [FrameKind.found, 2, [ann.id, bob.id]],
    ]);
    expect(fromPrimaryError(Reflect.get(Object(found[2]?.[2]), 'error')).name).to.equal('UnknownWorkerError');
  });

  it('says that it takes longer where somebody is on the way, and then whom', async () => {
    using each = await setUp({ workers: 1 });
    const [ann] = each.handles;
    each.relay.take(ann, seekFrame(1, { to: { group: 'default' }, tag: '', one: true, not: [1] }));
    await settled();
    expect(each.frames(0)).to.deep.equal([[FrameKind.found, 1, 'later']]);

    await each.crew.ready(1);
    await settled();

    expect(each.frames(0).slice(1)).to.deep.equal([[FrameKind.found, 1, [2]]]);
  });

  it('tells everybody who talked with a worker, or knows its name, that it leaves and that it is gone', async () => {
    using each = await setUp({ workers: 4 });
    const [ann, bob, cid] = each.handles as WorkerHandle[];
    each.relay.take(ann as WorkerHandle, parcelFrame(1, bob?.id ?? 0, batch));
    each.relay.take(cid as WorkerHandle, seekFrame(1, { to: bob?.name, tag: '' }));
    each.relay.left(bob as WorkerHandle);
    each.crew.cluster.worker(1).exits(3);
    await settled();

    for (const index of [0, 2]) {
      const farewells = each.frames(index).filter(([kind]) => kind === FrameKind.farewell);
      expect(farewells.map(frame => [frame[1], frame.length])).to.deep.equal([
        [bob?.id, 2],
        [bob?.id, 3],
      ]);
      const error = fromPrimaryError(farewells[1]?.[2]);
      expect(error.details).to.deep.equal({ workerId: bob?.id, name: bob?.name, exitCode: 3, signal: null });
    }
    expect(each.frames(3)).to.deep.equal([]);
    expect(each.relay.size).to.equal(0);
  });

  it('keeps nothing of a hundred workers that came and went', async () => {
    using each = await setUp({
      workers: 1,
      restart: { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } },
    });
    const [ann] = each.handles;
    for (let round = 1; round <= 100; round++) {
      await each.crew.ready(1);
      const worker = each.crew.supervisor.roster.ready.at(-1) as WorkerHandle;
      each.relay.take(ann, parcelFrame(round, worker.id, batch));
      void worker.destroy();
      each.crew.cluster.workers.at(-1)?.exits(0);
      await settled();
    }

    expect(each.relay.size).to.equal(0);
  });
});
