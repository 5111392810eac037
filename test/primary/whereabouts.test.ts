import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, NoWorkerError, UnknownGroupError, UnknownWorkerError } from '../../lib/errors/errors.js';
import { Receivers } from '../../lib/primary/receivers.js';
import { Whereabouts } from '../../lib/primary/whereabouts.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { FakeCrew } from '../support/fake-supervisor.js';
import { rejection } from '../support/thrown.js';

async function setUp(count = 3) {
  const crew = new FakeCrew();
  const workers = await crew.ready(count);
  const end = new AbortController();
  const whereabouts = new Whereabouts(crew.supervisor, new Receivers(crew.supervisor, crew.clock));
  const asker = { worker: workers[0] as WorkerHandle, gone: end.signal };
  const find = (to: unknown, more: object = {}) => whereabouts.find({ to, tag: '', ...more }, asker);
  return { crew, workers, whereabouts, find, end, [Symbol.dispose]: () => crew[Symbol.dispose]() };
}

describe('Whereabouts', () => {
  it('know a worker by its id', async () => {
    using each = await setUp();

    expect(each.whereabouts.worker(2)).to.equal(each.workers[1]);
    expect(() => each.whereabouts.worker(9)).to.throw(UnknownWorkerError);
  });

  it('find by name, all, the others, and all of a group', async () => {
    using each = await setUp();
    const [ann, bob, cid] = each.workers;

    expect(each.find(bob?.name)).to.deep.equal([bob]);
    expect(each.find('all')).to.deep.equal([ann, bob, cid]);
    expect(each.find('others')).to.deep.equal([bob, cid]);
    expect(each.find({ select: 'all', group: 'default' })).to.deep.equal([ann, bob, cid]);
    expect(() => each.find('nobody')).to.throw(UnknownWorkerError);
    expect(() => each.find({ group: 'none' })).to.throw(UnknownGroupError);
  });

  it('wait for the next of a name', async () => {
    using each = await setUp(1);
    each.crew.cluster.worker(0).process.disconnect();
    const found = each.find(each.workers[0]?.name);
    each.crew.cluster.worker(0).process.emit('exit', 1, null);

    expect((await found)[0]).to.have.property('id', 2);
  });

  it('take turns, and leave out whoever is not meant', async () => {
    using each = await setUp();
    const turns = Array.from({ length: 4 }, () => each.find({ group: 'default' }, { tag: 'a' }));
    const [ann, bob, cid] = each.workers;

    expect(turns).to.deep.equal([[ann], [bob], [cid], [ann]]);
    expect(each.find({ group: 'default' }, { tag: 'b', not: [1, 2] })).to.deep.equal([cid]);
  });

  it('wait for one that is ready, if it is for a request', async () => {
    using each = await setUp(0);
    expect(() => each.find({ group: 'default' })).to.throw(NoWorkerError);

    const found = each.find({ group: 'default' }, { one: true });
    const [worker] = await each.crew.ready(1);

    expect(await found).to.deep.equal([worker]);
  });

  it('wait for nobody on behalf of one that is gone', async () => {
    using each = await setUp(0);
    const found = each.find({ group: 'default' }, { one: true, timeout: 500 });
    const reason = new Error('gone');
    each.end.abort(reason);

    expect(await rejection(Promise.resolve(found))).to.equal(reason);
    expect(each.crew.clock.pending).to.equal(0);
  });

  it('refuse strategies that there are not', async () => {
    using each = await setUp();

    expect(() => each.find({ select: 'tallest' })).to.throw(InvalidOptionError);
  });
});
