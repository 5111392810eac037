import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Editions } from '../../lib/primary/editions.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { type ForkSettings, Recruiter, type Vacancy } from '../../lib/primary/recruiter.js';
import { Ledger } from '../../lib/primary/statistics.js';
import { textCodec } from '../support/codecs.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { fixture } from '../support/fixture.js';
import { groupsOf } from '../support/resolved-groups.js';
import { asItIs, slotOf, type Told, talkInto } from '../support/worker-process.js';

function setUp(options: ClusterPrimaryOptions = {}) {
  const cluster = new FakeCluster();
  const told: Told = [];
  const note = (name: string) => (worker: unknown) => void told.push([name, worker]);
  const owner = {
    ...{ standingBy: note('standingBy'), ready: note('ready'), left: note('left'), exited: note('exited') },
    standsDown: note('standsDown'),
    recycle: () => Promise.reject(new Error('Nobody asked for that')),
    retire: () => Promise.reject(new Error('Nobody asked for that')),
  };
  const editions = new Editions();
  const groups = groupsOf({
    workerArgs: ['--top'],
    workerEnv: { DISH: 'soup', SALT: 'yes' },
    groups: { raw: { readyOn: 'online', args: ['--raw'] } },
    ...options,
  });
  const clock = new FakeClock();
  const talk = talkInto([]);
  const ledger = new Ledger();
  const parts = { groups, editions, ledger, clock, talk, checkedReply: asItIs, itemCheck: () => undefined };
  const recruiter = new Recruiter(parts, owner);
  /** Starts a process, and says what with. */
  const recruit = (vacancy: Partial<Vacancy> = {}, own?: ForkSettings) => {
    const worker = recruiter.recruit(
      { slot: slotOf('chef', 3), generation: 1, edition: 0, role: 'worker', ...vacancy },
      own,
    );
    return { ...cluster.forks.at(-1), worker };
  };
  return { cluster, told, editions, groups, clock, recruit, [Symbol.dispose]: () => cluster[Symbol.dispose]() };
}

describe('Recruiter', () => {
  it('starts a process with the settings of its group', () => {
    using each = setUp();
    const { settings } = each.recruit();
    const raw = each.recruit({ slot: { ...slotOf(), group: 'raw' } });

    expect(settings).to.deep.include({ ...each.groups.default.settings, args: ['--top'] });
    expect(raw.settings).to.deep.include({ args: ['--raw'] });
  });

  it('tells it who it is', () => {
    using each = setUp({ serialization: 'advanced', codec: textCodec });

    expect(each.recruit().env).to.include({
      ...{ CLUSTER_GROUP: 'default', CLUSTER_SLOT: '3', CLUSTER_NAME: 'chef', CLUSTER_SERIALIZATION: 'advanced' },
      ...{ CLUSTER_CODEC: 'text', CLUSTER_STANDBY: undefined, DISH: 'soup', SALT: 'yes' },
    });
  });

  it('tells it when it is a spare one', () => {
    using each = setUp();
    const roles = (['worker', 'newcomer', 'standby'] as const).map(role => each.recruit({ role }).env?.CLUSTER_STANDBY);

    expect(roles).to.deep.equal([undefined, undefined, '1']);
  });

  it('names no codec to a script that does not use the library', () => {
    using each = setUp({ codec: textCodec });

    expect(each.recruit({ slot: { ...slotOf(), group: 'raw' } }).env).to.include({ CLUSTER_CODEC: undefined });
  });

  it('obeys the edition, and above it what the slot has of its own', () => {
    using each = setUp();
    const edition = each.editions.add({
      ...{ script: fixture('waiter'), args: ['--new'], env: { SALT: 'no', PEPPER: '1' } },
    });
    const plain = each.recruit({ edition });
    const own = each.recruit({ edition }, { args: ['--own'], env: { PEPPER: '2' } });

    expect(plain.settings)
      .to.deep.include({ args: ['--new'] })
      .and.have.property('exec')
      .that.includes('waiter');
    expect(plain.env).to.include({ DISH: 'soup', SALT: 'no', PEPPER: '1' });
    expect(own.settings).to.deep.include({ args: ['--own'] });
    expect(own.env).to.include({ DISH: 'soup', SALT: 'no', PEPPER: '2' });
  });

  it('lets nobody pretend to be another worker', () => {
    using each = setUp({ workerEnv: { CLUSTER_NAME: 'boss' } });
    const { env } = each.recruit({}, { env: { CLUSTER_SLOT: '99', CLUSTER_STANDBY: '1' } });

    expect(env).to.include({ CLUSTER_NAME: 'chef', CLUSTER_SLOT: '3', CLUSTER_STANDBY: undefined });
  });

  it('makes a process of it that tells its owner what becomes of it', () => {
    using each = setUp({ readyTimeout: 500 });
    const slot = slotOf('chef', 3);
    const { worker } = each.recruit({ slot, generation: 4 });
    expect(worker).to.include({ slot, generation: 4, state: 'starting' });
    expect(worker.handle).to.include({ name: 'chef', slot: 3, generation: 4 });

    each.cluster.worker(0).becomesReady();
    each.cluster.worker(0).exits(0);

    expect(each.told).to.deep.equal(['ready', 'left', 'exited'].map(name => [name, worker]));
  });

  it('obeys the limits of the group', () => {
    using each = setUp({ readyTimeout: 500 });
    each.recruit();
    each.clock.advance(500);

    expect(each.cluster.worker(0).process.signals).to.include('SIGTERM');
  });

  it('throws what Node throws when there can be no process', () => {
    using each = setUp();
    each.cluster.failure = new Error('spawn E2BIG');

    expect(() => each.recruit()).to.throw('spawn E2BIG');
  });
});
