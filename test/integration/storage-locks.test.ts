import { expect } from 'chai';
import { describe, it } from 'mocha';
import { LockLostError } from '../../lib/index.js';
import { forkOne, nextOf, pidOf } from '../support/events.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { passed } from '../support/passed.js';
import { openOwner, run, type Sharer, sharersOf } from '../support/sharers.js';
import { failureOf, withDeadline } from '../support/with-deadline.js';

/** Resolves with the token. */
async function lock(worker: Sharer, name: string, options: { readonly ttl?: number } = {}): Promise<number> {
  const { token } = await worker.request({ message: { type: 'lock', name, options }, timeout: 20_000 });
  return token;
}

const release = (worker: Sharer, name: string) => worker.request({ message: { type: 'release', name } });
const lost = (worker: Sharer, name: string) => worker.request({ message: { type: 'lost', name } });

describe('locks between processes', () => {
  leavesNothingBehind();

  it('are given in the order of the calls, and every token is greater than all before', async () => {
    await using primary = await openOwner({ workerCount: 3 });
    const [first, second, third] = sharersOf(primary);
    const order: string[] = [];

    const here = await primary.storage.lock('leader');
    const waiting: Promise<number>[] = [];
    for (const worker of [first, second, third]) {
      const granted = lock(worker, 'leader').then(async token => {
        order.push(worker.name);
        await release(worker, 'leader');
        return token;
      });
      waiting.push(granted);
      // The call has come in when this one has.
      await run(worker, ['get', 'nothing']);
    }
    await here.release();
    const tokens = [here.token, ...(await Promise.all(waiting))];

    expect(order).to.deep.equal([first, second, third].map(({ name }) => name));
    expect(tokens).to.deep.equal([...tokens].sort((one, other) => one - other));
    expect(new Set(tokens)).to.have.lengthOf(4);
  });

  it('keep a read and a write together that belong together', async () => {
    await using primary = await openOwner({ workerCount: 4 });

    const work = sharersOf(primary).map(async worker => {
      for (let round = 0; round < 10; round++) {
        await lock(worker, 'sum');
        const [sum] = await run(worker, ['get', 'sum']);
        await run(worker, ['set', 'sum', Number(sum) + 1]);
        await release(worker, 'sum');
      }
    });
    await Promise.all(work);

    expect(primary.storage.peek('sum')).to.equal(40);
  });

  for (const [death, end] of [
    ['is killed', (worker: Sharer) => void worker.kill('SIGKILL')],
    ['exits', (worker: Sharer) => void worker.request({ message: { type: 'leave', code: 0 } }).catch(() => {})],
    ['is stopped', (worker: Sharer) => void worker.destroy({ timeout: 50 })],
  ] as const) {
    it(`are free when their holder ${death}, and go to the next`, async () => {
      await using primary = await openOwner({ workerCount: 2 });
      const [holder, next] = sharersOf(primary);
      const tokens = [await lock(holder, 'leader'), await lock(holder, 'other')];
      const granted = lock(next, 'leader');
      const inVain = lock(holder, 'leader').catch(() => 'dead');
      const exited = nextOf(primary, 'workerExit');

      end(holder);
      await exited;

      expect(await withDeadline(granted, 2_000, 'lock')).to.be.greaterThan(Math.max(...tokens));
      const other = await primary.storage.lock('other');
      expect(other.token).to.be.greaterThan(tokens[1] as number);
      expect(await inVain).to.equal('dead');
      await other.release();
    });
  }

  it('are not given to one that died while it waited', async () => {
    await using primary = await openOwner({ workerCount: 2 });
    const [dying, next] = sharersOf(primary);
    const here = await primary.storage.lock('leader');
    const inVain = lock(dying, 'leader').catch(() => 'dead');
    await run(dying, ['get', 'nothing']);
    const granted = lock(next, 'leader');
    await run(next, ['get', 'nothing']);
    const exited = nextOf(primary, 'workerExit');

    dying.kill('SIGKILL');
    await exited;
    await here.release();

    expect(await granted).to.be.greaterThan(here.token);
    expect(await inVain).to.equal('dead');
  });

  it('are taken away when their time is over; the holder knows, the next has a greater token', async () => {
    await using primary = await openOwner({ workerCount: 2 });
    const [holder, next] = sharersOf(primary);
    const token = await lock(holder, 'leader', { ttl: 100 });
    const told = lost(holder, 'leader');

    const granted = lock(next, 'leader', { ttl: 60_000 });

    expect(await granted).to.be.greaterThan(token);
    expect(await told).to.equal('CLUSTER_LOCK_LOST');
    await release(holder, 'leader');
    const here = primary.storage.lock('leader');
    await release(next, 'leader');
    expect((await here).token).to.be.greaterThan(await granted);
    await (await here).release();
  });

  it('are held as long as they are renewed', async () => {
    await using primary = await openOwner();
    const held = await primary.storage.lock('leader', { ttl: 1_000 });
    let isFree = false;
    const next = lock(sharersOf(primary)[0], 'leader').then(() => {
      isFree = true;
    });

    for (let round = 0; round < 6; round++) {
      await passed(250);
      await held.renew();
    }
    expect(isFree).to.equal(false);
    await held.release();
    await next;

    expect(await failureOf(held.renew())).to.be.instanceOf(LockLostError);
  });

  it('are lost to a holder that stands still too long, and it knows before it does anything else', async function () {
    this.timeout(20_000);
    await using primary = await openOwner({ workerCount: 1, heartbeat: false });
    const [holder] = sharersOf(primary);
    const token = await lock(holder, 'leader', { ttl: 200 });

    process.kill(pidOf(holder), 'SIGSTOP');
    const here = await withDeadline(primary.storage.lock('leader'), 5_000, 'lock');
    process.kill(pidOf(holder), 'SIGCONT');

    expect(here.token).to.be.greaterThan(token);
    expect(await lost(holder, 'leader')).to.equal('CLUSTER_LOCK_LOST');
    await here.release();
  });

  it('that nobody waits for any more are not given to them', async () => {
    await using primary = await openOwner();
    const held = await primary.storage.lock('leader');
    const controller = new AbortController();
    const inVain = failureOf(primary.storage.lock('leader', { signal: controller.signal }));

    controller.abort(new Error('enough'));
    expect((await inVain).message).to.equal('enough');
    await held.release();

    const worker = await forkOne(primary);
    expect(await lock(worker as Sharer, 'leader')).to.be.greaterThan(held.token);
  });
});
