import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { failureOf, until } from '../support/with-deadline.js';

const open = (options: ClusterPrimaryOptions = {}) => {
  return new ClusterPrimary({ workerScript: fixture('mortal'), workerCount: 2, ...options }).ready;
};

/** The first two workers. */
function two({ workers }: ClusterPrimary): [WorkerHandle, WorkerHandle] {
  const [first, second] = workers;
  if (first && second) return [first, second];

  throw new Error('There are no two workers');
}

/** Makes a request that ends only when the returned function is called. */
function occupy(worker: WorkerHandle, message: { readonly type: string; readonly time?: number }): () => void {
  const abort = new AbortController();
  worker.request({ message, signal: abort.signal }).catch(() => {});
  return () => abort.abort();
}

/** The names of the workers that answer these requests, asked one after the other. */
async function answering(primary: ClusterPrimary, times: number, to: { select: 'leastPending' | 'leastLoad' }) {
  const names: string[] = [];
  for (let time = 0; time < times; time++) names.push(await primary.request({ message: { type: 'whoAreYou' }, to }));
  return names;
}

describe('selection', () => {
  leavesNothingBehind();

  describe('by leastLoad', () => {
    it('avoids a worker that is busy, until it is no longer', async function () {
      this.timeout(60_000);
      await using primary = await open();
      const [busy, idle] = two(primary);
      expect([busy.load, idle.load]).to.deep.equal([undefined, undefined]);

      const release = occupy(busy, { type: 'spin', time: 60_000 });
      await until(() => (busy.load ?? 0) > 0.8 && (idle.load ?? 1) < 0.5, 20_000, 'report of both loads');

      expect(new Set(await answering(primary, 5, { select: 'leastLoad' }))).to.deep.equal(new Set([idle.name]));
      expect(primary.select({ strategy: 'leastLoad' })).to.equal(idle);
      release();
      await until(() => (busy.load ?? 1) < 0.5, 20_000, 'report of a lower load');
    });

    it('avoids a worker whose thread is blocked, so that it cannot even tell', async function () {
      this.timeout(60_000);
      await using primary = await open();
      const [blocked, idle] = two(primary);
      await until(() => blocked.load !== undefined && idle.load !== undefined, 20_000, 'first report');

      void blocked.request({ message: { type: 'block', time: 4_000 } });
      await until(() => blocked.load === 1 && (idle.load ?? 1) < 0.5, 20_000, 'missed report');

      for (let time = 0; time < 5; time++) expect(primary.select({ strategy: 'leastLoad' })).to.equal(idle);
    });

    it('hears nothing of workers that nobody asks', async () => {
      await using primary = await open();
      const [first] = two(primary);
      await primary.request({ message: { type: 'whoAreYou' }, to: { select: 'leastPending' } });

      expect(first.load).to.equal(undefined);
    });

    it('lets workers that cannot report take turns', async () => {
      await using primary = await open({ workerScript: fixture('raw'), readyOn: 'online' });
      const ids = primary.workers.map(({ id }) => id);

      const selected = [1, 2, 3, 4].map(() => primary.select({ strategy: 'leastLoad' })?.id);

      expect(selected).to.deep.equal([...ids, ...ids]);
    });
  });

  it('by leastPending avoids a worker that has more to answer', async () => {
    await using primary = await open({ workerCount: 3 });
    const [first, second] = two(primary);
    const idle = primary.workers.at(-1)?.name;
    const releases = [first, first, second].map(worker => occupy(worker, { type: 'wait' }));

    expect(new Set(await answering(primary, 6, { select: 'leastPending' }))).to.deep.equal(new Set([idle]));
    for (const release of releases) release();
    await until(() => primary.workers.every(({ pending }) => pending === 0), 5_000, 'end of all requests');

    expect(new Set(await answering(primary, 3, { select: 'leastPending' })).size).to.equal(3);
  });

  it('by hash stays with a slot over the death of its worker', async () => {
    await using primary = await open({ workerCount: 4, restart: { backoff: { initial: 0 } } });
    const keys = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    const owners = () => {
      const asked = keys.map(async (key): Promise<string> => {
        return primary.request({ message: { type: 'whoAreYou' }, to: { select: 'hash', key } });
      });
      return Promise.all(asked);
    };
    const before = await owners();
    const [victim] = two(primary);

    const replaced = nextOf(primary, 'workerReady');
    victim.kill('SIGKILL');
    await nextOf(primary, 'removeWorker');
    const between = keys.map(key => primary.select({ strategy: 'hash', key })?.name);
    await replaced;

    expect(new Set(before).size).to.equal(4);
    expect(between.filter((name, index) => name !== before[index])).to.have.lengthOf(
      before.filter(name => name === victim.name).length,
    );
    expect(await owners()).to.deep.equal(before);
  });

  it('of a whole group reaches all of it', async () => {
    await using primary = await open({ workerScript: fixture('chef') });

    const reached = await primary.send({ message: { type: 'note' }, to: { group: 'default', select: 'all' } });

    expect(reached).to.deep.equal(primary.workers);
  });

  describe('of a worker that is not ready yet', () => {
    it('waits for the first one that is', async () => {
      const primary = new ClusterPrimary({ workerScript: fixture('mortal') });
      await using _ = primary;
      const ready = primary.whenReady();
      const answered = primary.request({ message: { type: 'whoAreYou' }, to: { group: 'default' } });
      const [worker] = await primary.fork();

      expect(await ready).to.equal(worker);
      expect(await answered).to.equal('default-0');
    });

    it('waits for the replacement', async () => {
      await using primary = await open({ workerCount: 1 });
      const first = await primary.whenReady();
      first.kill('SIGKILL');
      await nextOf(primary, 'removeWorker');

      expect(await primary.whenReady()).to.include({ name: first.name, generation: 2 });
    });

    it('waits no longer when the group has failed', async () => {
      await using primary = await open({ workerCount: 1, restart: { intensity: 0 } });
      primary.before('groupFailed', event => void event.prevent());
      const first = await primary.whenReady();
      first.kill('SIGKILL');
      await nextOf(primary, 'removeWorker');

      expect(await failureOf(primary.whenReady())).to.include({ code: 'CLUSTER_GROUP_FAILED' });
      expect(await failureOf(primary.request({ message: { type: 'whoAreYou' } }))).to.include({
        code: 'CLUSTER_GROUP_FAILED',
      });
    });
  });
});
