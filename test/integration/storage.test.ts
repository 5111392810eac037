import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type ClusterPrimaryOptions, DestroyedError, StorageTypeError } from '../../lib/index.js';
import type { Sharing } from '../fixtures/sharer.js';
import { msgpackrCodec } from '../support/codecs.js';
import { firstWorker, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { expectSame, Owner, one, openOwner, run, sharersOf } from '../support/sharers.js';
import { outcomesOf, readSome, type Step } from '../support/sharing.js';
import { failureOf, until, withDeadline } from '../support/with-deadline.js';

type Options = ClusterPrimaryOptions<Sharing>;

const channels: readonly (readonly [title: string, options: Options])[] = [
  ['json', {}],
  ['advanced serialization', { serialization: 'advanced' }],
  ['a codec', { serialization: 'advanced', codec: msgpackrCodec, workerEnv: { PACKED_CODEC: 'msgpackr' } }],
];

const farAway = 1_000_000;
const anExpiry = Number(new Date('2100-01-01'));

/** Every method that has a result, with what it comes to in a storage that is empty. */
const story: readonly (readonly [step: Step, outcome: unknown])[] = [
  [['get', 'menu.soup'], null],
  [['entry', 'menu'], null],
  [['set', 'menu.soup', { price: 4, of: ['leek', 'cream'] }], 1],
  [
    ['peek', 'menu.soup.of'],
    ['leek', 'cream'],
  ],
  [['get', ['menu', 'soup', 'price']], 4],
  [['set', 'menu.cake', 'apple', { ttl: farAway }], 2],
  [
    ['keys', 'menu'],
    ['soup', 'cake'],
  ],
  [['create', 'menu.cake', 'plum'], failure('CONFLICT', { path: 'menu.cake', expected: 0, version: 2 })],
  [['create', 'menu.tea', { hot: true }], 3],
  [['increment', 'served'], 1],
  [['increment', 'served', -2.5], -1.5],
  [['peek', 'served'], -1.5],
  [['set', 'served.today', 1], failure('TYPE', { path: 'served', found: 'a number' })],
  [['set', 'served', 7, { ifVersion: 4 }], failure('CONFLICT', { path: 'served', expected: 4, version: 5 })],
  [['set', 'served', 7, { ifVersion: 5 }], 6],
  [['entry', 'served'], { value: 7, version: 6 }],
  [['delete', 'menu.tea', { ifVersion: 2 }], failure('CONFLICT', { path: 'menu.tea', expected: 2, version: 3 })],
  [['delete', 'menu.tea', { ifVersion: 3 }], true],
  [['delete', 'menu.tea'], false],
  [
    [
      'transaction',
      [
        { type: 'check', path: 'served', ifVersion: 6 },
        { type: 'increment', path: 'served', by: 3 },
        { type: 'set', path: 'menu.cake', value: null },
        { type: 'delete', path: 'nothing' },
        { type: 'create', path: 'a\\.dot.in it', value: [] },
      ],
    ],
    [6, 10, 9, false, 10],
  ],
  [
    [
      'transaction',
      [
        { type: 'set', path: 'served', value: 0 },
        { type: 'create', path: 'served', value: 1 },
      ],
    ],
    failure('CONFLICT', { path: 'served', expected: 0, version: 11 }),
  ],
  [['peek', ['a.dot', 'in it']], []],
  [['peek', 'menu'], { soup: { price: 4, of: ['leek', 'cream'] }, cake: null }],
  [
    ['snapshot'],
    {
      version: 10,
      expiries: {},
      value: {
        ...{ menu: { soup: { price: 4, of: ['leek', 'cream'] }, cake: null }, served: 10 },
        'a.dot': { 'in it': [] },
      },
    },
  ],
  [['restore', { version: 3, value: { menu: { tea: 'green' } }, expiries: { 'menu.tea': anExpiry } }], 11],
  [['entry', 'menu.tea'], { value: 'green', version: 11, expiresAt: anExpiry }],
  [['peek', ''], { menu: { tea: 'green' } }],
  [['attach'], null],
];

function failure(code: string, details: object): object {
  return { code: `CLUSTER_STORAGE_${code}`, details };
}

describe('the shared storage', () => {
  leavesNothingBehind();

  for (const [title, options] of channels) {
    it(`does in a worker all that it promises, by ${title}`, async () => {
      await using primary = await openOwner(options);

      const outcomes = await run(sharersOf(primary)[0], ...story.map(([step]) => step));

      for (const [index, [step, outcome]] of story.entries()) {
        expect(withoutUndefined(outcomes[index]), JSON.stringify(step)).to.deep.equal(outcome);
      }
      await expectSame(primary, primary.workers);
    });

    it(`is the same for the primary, and its workers see it all, by ${title}`, async () => {
      await using primary = await openOwner({ workerCount: 2, ...options });
      const [worker] = sharersOf(primary);
      await one(worker, 'attach');

      const outcomes = await outcomesOf(
        primary.storage,
        story.map(([step]) => step),
      );

      for (const [index, [step, outcome]] of story.entries()) {
        expect(withoutUndefined(outcomes[index]), JSON.stringify(step)).to.deep.equal(outcome);
      }
      await expectSame(primary, primary.workers);
    });

    it(`updates, watches and locks between processes, by ${title}`, async () => {
      await using primary = await openOwner({ workerCount: 2, ...options });
      const [first, second] = sharersOf(primary);
      await first.request({ message: { type: 'watch', name: 'all', path: 'jobs', options: { initial: true } } });

      const { token } = await first.request({ message: { type: 'lock', name: 'jobs' } });
      const next = second.request({ message: { type: 'lock', name: 'jobs' } });
      await one(second, 'set', 'jobs.wash', { hands: 2 });
      await primary.storage.update('jobs.wash', job => ({ ...job, hands: job.hands + 1 }));
      await primary.storage.delete('jobs.wash');
      await first.request({ message: { type: 'release', name: 'jobs' } });

      expect((await next).token).to.be.greaterThan(token);
      const { seen } = await first.request({ message: { type: 'read', name: 'all', count: 4 } });
      expect(seen.map(([, path, value, type]) => [path, value ?? null, type])).to.deep.equal([
        ['jobs', null, 'initial'],
        ['jobs.wash', { hands: 2 }, 'set'],
        ['jobs.wash', { hands: 3 }, 'set'],
        ['jobs.wash', null, 'delete'],
      ]);
    });
  }

  it('lets nobody change what was read', async () => {
    await using primary = await openOwner({ storage: { initial: { menu: { soup: { of: ['leek'] } } } } });
    const given = { of: ['apple'] };

    await primary.storage.set('menu.cake', given);
    given.of.push('worms');

    const menu = primary.storage.peek('menu');
    expect(() => menu.soup.of.push('worms')).to.throw(TypeError);
    expect(menu.cake).to.deep.equal({ of: ['apple'] });
    await one(sharersOf(primary)[0], 'set', 'menu.soup.of', []);
    expect(menu.soup.of).to.deep.equal(['leek']);
    expect(primary.storage.peek('menu.soup.of')).to.deep.equal([]);
  });

  it('gives errors of its own to a worker, as if the data were there', async () => {
    await using primary = await openOwner({ storage: { initial: { served: 1 } } });

    expect(await failureOf(primary.storage.set('served.today', 1))).to.be.instanceOf(StorageTypeError);
    const [inWorker, badPath, badValue, tooLarge] = (await run(
      sharersOf(primary)[0],
      ['set', 'served.today', 1],
      ['get', 'a..b'],
      ['set', 'a', { b: { constructor: 1 } }],
      ['set', 'a', 'x'.repeat(2 ** 20)],
    )) as { code: string }[];

    expect(inWorker).to.deep.equal(failure('TYPE', { path: 'served', found: 'a number' }));
    expect(badPath?.code).to.equal('CLUSTER_STORAGE_PATH');
    expect(badValue?.code).to.equal('CLUSTER_STORAGE_VALUE');
    expect(tooLarge).to.deep.equal(failure('LIMIT', { limit: 'maxValueBytes', most: 2 ** 20 }));
  });

  it('expires for everybody at the same write', async () => {
    await using primary = await openOwner({ workerCount: 2 });
    const [first, second] = sharersOf(primary);
    const watches = [first, second].map(worker => {
      return worker.request({ message: { type: 'watch', name: 'cache', path: 'cache' } });
    });
    await Promise.all(watches);
    const here = primary.storage.watch('cache');

    await one(first, 'set', 'cache.page', 'text', { ttl: 50 });
    const seen = await Promise.all([
      readSome(here, { count: 2 }),
      ...[first, second].map(worker => worker.request({ message: { type: 'read', name: 'cache', count: 2 } })),
    ]);

    for (const outcome of seen) {
      const types = outcome.seen.map(([version, path, , type]) => [version, path, type]);
      expect(types).to.deep.equal([
        [1, 'cache.page', 'set'],
        [2, 'cache.page', 'expire'],
      ]);
    }
    expect(await run(second, ['peek', 'cache'], ['get', 'cache.page'])).to.deep.equal([{}, null]);
    await here.return();
  });
});

describe('the life of a shared storage', () => {
  leavesNothingBehind();

  it('begins before the workers do: both sides use it in `_initialize`', async () => {
    class Early extends Owner {
      protected override async _initialize(): Promise<void> {
        await this.storage.set('initial', 'from the primary');
      }
    }
    const options = { workerScript: fixture('sharer'), workerCount: 2, workerEnv: { SHARER_START: 'share' } };
    await using primary = await new Early({ ...options, watchdog: false }).ready;

    expect(primary.storage.peek('starts')).to.equal(2);
    for (const worker of sharersOf(primary)) {
      const initialized = await worker.request({ message: { type: 'initialized' } });
      expect(initialized).to.deep.equal({ isCurrent: true, initial: 'from the primary' });
    }
  });

  it('goes on while workers come and go', async () => {
    await using primary = await openOwner({ workerCount: 2 });
    await Promise.all(sharersOf(primary).map(worker => one(worker, 'increment', 'visits')));

    await primary.reload({ stability: 0 });
    await Promise.all(sharersOf(primary).map(worker => one(worker, 'increment', 'visits')));
    const replaced = nextOf(primary, 'workerReady');
    firstWorker(primary).kill('SIGKILL');
    await replaced;
    await Promise.all(sharersOf(primary).map(worker => one(worker, 'increment', 'visits')));

    expect(await primary.storage.get('visits')).to.equal(6);
    await expectSame(primary, sharersOf(primary));
  });

  it('is there for a spare worker, which has its replica when it takes a place', async () => {
    await using primary = await openOwner({ standby: 1, workerEnv: { SHARER_START: 'share' } });
    await until(() => primary.storage.peek('starts') === 2, 10_000, 'spare worker that uses the storage');
    await until(() => primary.status().groups[0]?.standbys === 1, 10_000, 'spare worker');
    await primary.storage.set('menu', 'soup');
    const promoted = nextOf(primary, 'workerReady');

    firstWorker(primary).kill('SIGKILL');
    await promoted;

    // It attached when it was a spare, so nothing has to be awaited.
    expect(await one(sharersOf(primary)[0], 'peek', 'menu')).to.equal('soup');
  });

  it('is one for each primary, though they live in one process', async () => {
    await using left = await openOwner({ storage: { initial: { side: 'left' } } });
    await using right = await openOwner({ storage: { initial: { side: 'right' } } });

    await Promise.all([one(sharersOf(left)[0], 'increment', 'a'), one(sharersOf(right)[0], 'increment', 'b')]);

    expect(left.storage.peek('')).to.deep.equal({ side: 'left', a: 1 });
    expect(right.storage.peek('')).to.deep.equal({ side: 'right', b: 1 });
    expect(await one(sharersOf(right)[0], 'peek', '')).to.deep.equal({ side: 'right', b: 1 });
  });

  it('ends with the primary: what waits fails, in the workers and here', async () => {
    const primary = await openOwner({ workerCount: 2, drainTimeout: 200 });
    const [first, second] = sharersOf(primary);
    const held = await primary.storage.lock('leader');
    await primary.storage.set('seen', 0);
    const watch = primary.storage.watch('seen');
    const loop = failureOf(watch.next());
    const inVain = primary.storage.lock('leader');
    const lockInVain = failureOf(inVain);
    await first.request({ message: { type: 'watch', name: 'seen', path: 'seen' } });
    const ends = [
      first.request({ message: { type: 'lock', name: 'leader' } }).catch(error => error.code),
      second
        .request({ message: { type: 'count', path: 'sum', times: 1_000_000, atOnce: 64 } })
        .catch(({ code }) => code),
    ];
    await until(() => Number(primary.storage.peek('sum')) > 1_000, 10_000, 'traffic');

    await withDeadline(primary.destroy(), 10_000, 'end of the primary');

    expect(await loop).to.be.instanceOf(DestroyedError);
    expect(await lockInVain).to.be.instanceOf(DestroyedError);
    expect(held.signal.aborted).to.equal(true);
    expect(await failureOf(primary.storage.get('sum'))).to.be.instanceOf(DestroyedError);
    expect(() => primary.storage.peek('sum')).to.throw(DestroyedError);
    expect(await failureOf(primary.storage.watch('sum').next())).to.be.instanceOf(DestroyedError);
    expect(await failureOf(primary.storage.watch('sum', { since: 1 }).next())).to.be.instanceOf(DestroyedError);
    for (const code of await Promise.all(ends)) expect(code).to.be.oneOf(['CLUSTER_WORKER_EXITED', 'CLUSTER_REMOTE']);
  });
});

/** An expiry that never comes, as far as JSON can say it. */
function withoutUndefined(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome), (key, value) =>
    key === 'expiresAt' && value === null ? undefined : value,
  );
}
