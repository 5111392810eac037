import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ReloadOptions } from '../../lib/index.js';
import { pidOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { failureOf } from '../support/with-deadline.js';

const names = ['default-0', 'default-1', 'default-2'];

const open = () => {
  const options = { workerScript: fixture('actor'), workerSilent: true, watchdog: false, readyTimeout: 5_000 };
  const primary = new ClusterPrimary({ ...options, workerCount: 3 });
  primary.on('reloadError', () => {});
  return primary.ready;
};

const play = (primary: ClusterPrimary) => {
  // A new worker that is ready takes part, until it dies: that is why its death is noticed.
  return primary.request({ message: { type: 'play' }, retry: { attempts: 2 } });
};

/** Keeps asking until it is stopped; stopping it tells how often it was answered, and fails if it was not once. */
function traffic(primary: ClusterPrimary): () => Promise<number> {
  let isOver = false;
  let answered = 0;
  const asking = Array.from({ length: 4 }, async () => {
    for (; !isOver; answered++) await play(primary);
  });
  const all = Promise.all(asking);
  all.catch(() => {});
  return async () => {
    isOver = true;
    await all;
    return answered;
  };
}

/** The process of each worker by its name. */
const processes = (primary: ClusterPrimary) => new Map(primary.workers.map(worker => [worker.name, pidOf(worker)]));

const badVersions: readonly (readonly [string, ReloadOptions])[] = [
  ['crashes as it starts', { env: { ACTOR: 'throws' }, stability: 0 }],
  ['never gets ready', { env: { ACTOR: 'hangs' }, stability: 0 }],
  ['dies soon after it is ready', { env: { ACTOR: 'leaves' }, stability: 5_000 }],
];

describe('a reload (fault 25)', () => {
  leavesNothingBehind();

  for (const [what, options] of badVersions) {
    for (const rollback of [false, true]) {
      it(`to a version that ${what} touches nobody, and no request fails${rollback ? ', with rollback' : ''}`, async () => {
        await using primary = await open();
        const before = processes(primary);
        const stop = traffic(primary);

        const error = await failureOf(primary.reload({ ...options, rollback }), 20_000);

        expect(error).to.include({ code: 'CLUSTER_RELOAD' });
        expect(error.details).to.deep.equal({
          replaced: [],
          notReplaced: names,
          rolledBack: [],
          failed: 'default-0',
        });
        expect(await stop()).to.be.greaterThan(10);
        expect(processes(primary)).to.deep.equal(before);
        expect(Object.keys(primary.workerById)).to.have.lengthOf(3);
      });
    }
  }

  it('to a version that passes on the first worker and fails on the second says exactly that', async () => {
    await using primary = await open();
    const before = processes(primary);
    const stop = traffic(primary);

    const error = await failureOf(primary.reload({ env: { ACTOR: 'throws second' }, stability: 50 }), 20_000);

    expect(error).to.include({ code: 'CLUSTER_RELOAD' });
    expect(error.details).to.deep.equal({
      replaced: ['default-0'],
      notReplaced: ['default-1', 'default-2'],
      rolledBack: [],
      failed: 'default-1',
    });
    expect(error.message).to.contain('replaced: `default-0`; not replaced: `default-1`, `default-2`');
    await stop();
    const after = processes(primary);
    expect([after.get('default-1'), after.get('default-2')]).to.deep.equal([
      before.get('default-1'),
      before.get('default-2'),
    ]);
    expect(await partOf(primary, 'default-0')).to.equal('throws second');
    expect(await partOf(primary, 'default-1')).to.equal(undefined);
  });

  it('that fails half-way brings back what it has replaced, where that is wanted', async () => {
    await using primary = await open();
    const before = processes(primary);
    const stop = traffic(primary);

    const reload = primary.reload({ env: { ACTOR: 'throws second' }, stability: 50, rollback: true });
    const error = await failureOf(reload, 20_000);

    expect(error.details).to.deep.equal({
      replaced: [],
      notReplaced: ['default-1', 'default-2'],
      rolledBack: ['default-0'],
      failed: 'default-1',
    });
    await stop();
    const after = processes(primary);
    expect(after.get('default-0')).not.to.equal(before.get('default-0'));
    expect([after.get('default-1'), after.get('default-2')]).to.deep.equal([
      before.get('default-1'),
      before.get('default-2'),
    ]);
    for (const name of names) expect(await partOf(primary, name), name).to.equal(undefined);
  });

  it('that failed is forgotten: who dies later comes back with the settings it had, and a good one works', async () => {
    await using primary = await open();
    await failureOf(primary.reload({ env: { ACTOR: 'throws second' }, stability: 0 }), 20_000);

    for (const name of ['default-0', 'default-1']) {
      const ready = primary.once('workerReady');
      primary.worker(name)?.kill('SIGKILL');
      await ready;
    }
    expect(await partOf(primary, 'default-0')).to.equal('throws second');
    expect(await partOf(primary, 'default-1')).to.equal(undefined);
    const report = await primary.reload({ env: { ACTOR: 'good' }, stability: 0 });

    expect(report).to.deep.equal({ replaced: names, notReplaced: [], rolledBack: [] });
    for (const name of names) expect(await partOf(primary, name), name).to.equal('good');
  });

  it('of several at a time replaces none of them when one fails', async () => {
    await using primary = await open();
    const before = processes(primary);

    const error = await failureOf(
      primary.reload({ env: { ACTOR: 'throws second' }, stride: 3, stability: 50 }),
      20_000,
    );

    expect(error.details).to.deep.include({ replaced: [], notReplaced: names, failed: 'default-1' });
    expect(processes(primary)).to.deep.equal(before);
  });
});

async function partOf(primary: ClusterPrimary, name: string): Promise<unknown> {
  return (await primary.request({ message: { type: 'play' }, to: name })).part;
}
