import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  type GroupFacts,
  groupFacts,
  type HealthFacts,
  type HealthPhase,
  type Quorum,
  reportLiveness,
  reportReadiness,
} from '../../lib/primary/health-report.js';
import type { GroupState } from '../../lib/primary/status.js';
import { crewOfGroups } from '../support/fake-supervisor.js';

const phases: readonly HealthPhase[] = ['starting', 'running', 'shuttingDown', 'failed'];
const states: readonly GroupState[] = ['running', 'draining', 'drained', 'failed'];
const names = ['default', 'api', 'mail', 'constructor'] as const;

const api = (facts: Partial<GroupFacts> = {}): GroupFacts => {
  return { name: 'api', state: 'running', ready: 2, wanted: 2, ...facts };
};
const running = (...groups: readonly GroupFacts[]): HealthFacts => ({ phase: 'running', uptime: 1_234.5, groups });
const isReady = (facts: HealthFacts, quorum: Quorum = 1) => reportReadiness(facts, quorum).status === 'ready';

describe('reportLiveness', () => {
  it('is live while it starts, runs and stops', () => {
    const reports = phases.map(phase => reportLiveness({ phase, uptime: 7.6 }));

    expect(reports.map(({ status }) => status)).to.deep.equal(['live', 'live', 'live', 'failed']);
    expect(reports[0]).to.deep.equal({ status: 'live', uptime: 8, reason: undefined });
    expect(reports[3]).to.have.property('reason', 'The primary could not start');
  });
});

describe('reportReadiness', () => {
  it('tells of every group', () => {
    expect(reportReadiness(running(api({ ready: 1 }), api({ name: 'mail' })), 2)).to.deep.equal({
      status: 'unready',
      groups: {
        api: { state: 'running', ready: 1, wanted: 2, quorum: 2, ok: false },
        mail: { state: 'running', ready: 2, wanted: 2, quorum: 2, ok: true },
      },
      uptime: 1_235,
      reason: 'Too few workers: api: 1 of 2 ready, 2 needed',
    });
  });

  it('is ready only while the primary runs, whatever its workers do', () => {
    const reports = phases.map(phase => reportReadiness({ ...running(api()), phase }, 1));

    expect(reports.map(({ reason }) => reason)).to.deep.equal([
      'The primary is starting',
      undefined,
      'The cluster is shutting down',
      'The primary could not start',
    ]);
    expect(reports.map(({ status }) => status)).to.deep.equal(['unready', 'ready', 'unready', 'unready']);
  });

  it('needs one worker of each group that has slots, unless it is told how many', () => {
    expect(isReady(running(api({ ready: 1, wanted: 9 })))).to.equal(true);
    expect(isReady(running(api({ ready: 0 })))).to.equal(false);
    expect(isReady(running(api(), api({ name: 'mail', ready: 0 })))).to.equal(false);
    expect(isReady(running(api(), api({ name: 'mail', ready: 0 })), { api: 2 })).to.equal(false);
    expect(isReady(running(api({ ready: 0 })), 0)).to.equal(true);
  });

  it('takes a number that is too large for all of the group', () => {
    expect(isReady(running(api({ ready: 1 })), 5)).to.equal(false);
    expect(isReady(running(api({ ready: 2 })), 5)).to.equal(true);
    expect(isReady(running(api({ ready: 2 })), { api: 5 })).to.equal(true);
  });

  it('needs nobody of a group that has no slots, or is drained, among others that serve', () => {
    const others = [api({ name: 'mail', ready: 0, state: 'drained' }), api({ name: 'jobs', ready: 0, wanted: 0 })];

    expect(isReady(running(api(), ...others))).to.equal(true);
    expect(isReady(running(api(), ...others), 2)).to.equal(true);
    expect(isReady(running(api(), api({ name: 'mail', ready: 1, state: 'draining' })), 2)).to.equal(true);
  });

  it('needs workers of a group that was named, even if it has no slots or is drained', () => {
    expect(isReady(running(api(), api({ name: 'mail', ready: 0, state: 'drained' })), { mail: 1 })).to.equal(false);
    expect(isReady(running(api(), api({ name: 'mail', ready: 0, wanted: 0 })), { mail: 2 })).to.equal(false);
    expect(isReady(running(api(), api({ name: 'mail', ready: 0 })), { mail: 0 })).to.equal(true);
  });

  it('says how a group is that lacks workers', () => {
    const facts = running(api({ ready: 0, state: 'failed' }), api({ name: 'mail', ready: 0, state: 'drained' }));

    expect(reportReadiness(facts, { mail: 1 }).reason).to.equal(
      'Too few workers: api (failed): 0 of 2 ready, 1 needed; mail (drained): 0 of 2 ready, 1 needed',
    );
  });

  it('cannot serve when all is drained, unless nothing counts', () => {
    const facts = running(api({ ready: 0, state: 'drained' }), api({ name: 'mail', ready: 1, state: 'draining' }));

    expect(reportReadiness(facts, 1)).to.include({ status: 'unready', reason: 'All groups are drained' });
    expect(isReady(facts, 0)).to.equal(true);
    expect(isReady(running(api({ state: 'drained', ready: 0 })), { api: 0 })).to.equal(true);
  });

  it('is ready without any workers, where there should be none', () => {
    expect(reportReadiness(running(api({ name: 'default', ready: 0, wanted: 0 })), 1)).to.deep.include({
      status: 'ready',
      groups: {},
    });
  });

  it('mentions the group `default` only where it is used', () => {
    const mentioned = (facts: Partial<GroupFacts>, quorum: Quorum = 1) =>
      Object.keys(reportReadiness(running(api(), api({ name: 'default', ...facts })), quorum).groups);

    expect(mentioned({ ready: 0, wanted: 0 })).to.deep.equal(['api']);
    expect(mentioned({ ready: 0, wanted: 1 })).to.deep.equal(['api', 'default']);
    expect(mentioned({ ready: 0, wanted: 0 }, { default: 1 })).to.deep.equal(['api', 'default']);
  });

  describe('whatever the facts are', () => {
    const group = fc.record({ state: fc.constantFrom(...states), ready: fc.nat(4), wanted: fc.nat(4) });
    const groups = fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), facts: group }), {
      selector: ({ name }) => name,
    });
    const anyFacts: fc.Arbitrary<HealthFacts> = fc.record({
      phase: fc.oneof({ weight: 5, arbitrary: fc.constant<HealthPhase>('running') }, fc.constantFrom(...phases)),
      uptime: fc.double({ min: 0, max: 1e9, noNaN: true }),
      groups: groups.map(all => all.map(({ name, facts }) => ({ name, ...facts }))),
    });
    const anyQuorum: fc.Arbitrary<Quorum> = fc.oneof(
      fc.nat(5),
      fc.dictionary(fc.constantFrom(...names), fc.nat(5), { noNullPrototype: true }),
    );
    const check = (property: (facts: HealthFacts, quorum: Quorum) => void) =>
      fc.assert(fc.property(anyFacts, anyQuorum, property), { numRuns: 1_000 });

    it('is ready exactly when the primary runs, every group is ok, and not all are drained', () => {
      check((facts, quorum) => {
        const { status, groups: told } = reportReadiness(facts, quorum);
        const isOut = ({ name, wanted }: GroupFacts) =>
          wanted === 0 || (typeof quorum === 'number' ? quorum : Object.hasOwn(quorum, name) ? quorum[name] : 1) === 0;
        const expected = facts.groups.filter(each => !isOut(each));
        const nobody = expected.length > 0 && expected.every(({ state }) => /^drain/.test(state));
        const allOk = Object.values(told).every(({ ok, ready, quorum: needed }) => ok && ready >= needed);

        expect(status === 'ready').to.equal(facts.phase === 'running' && allOk && !nobody);
      });
    });

    it('gives a reason exactly when it is not ready, and survives JSON', () => {
      check((facts, quorum) => {
        const report = reportReadiness(facts, quorum);
        const copy = JSON.parse(JSON.stringify(report));

        expect('reason' in copy).to.equal(report.status === 'unready');
        expect(copy.groups).to.deep.equal(report.groups);
      });
    });

    it('is never made unready by one more worker that is ready', () => {
      check((facts, quorum) => {
        const more = { ...facts, groups: facts.groups.map(each => ({ ...each, ready: each.ready + 1 })) };

        if (isReady(facts, quorum)) expect(isReady(more, quorum)).to.equal(true);
      });
    });

    it('never asks for more workers than there should be, or for fewer when it is to ask for more', () => {
      check((facts, quorum) => {
        const raised =
          typeof quorum === 'number'
            ? quorum + 1
            : Object.fromEntries(Object.entries(quorum).map(([name, count = 1]) => [name, count + 1]));
        const before = reportReadiness(facts, quorum).groups;
        const after = reportReadiness(facts, raised).groups;

        for (const [name, { wanted, quorum: needed }] of Object.entries(before)) {
          expect(needed)
            .to.be.at.most(Math.max(1, wanted))
            .and.at.most(after[name]?.quorum ?? -1);
        }
      });
    });

    it('needs nobody of a group that is out of service, unless it was named', () => {
      check((facts, quorum) => {
        const { groups: told } = reportReadiness(facts, quorum);
        for (const [name, { state, wanted, quorum: needed }] of Object.entries(told)) {
          const isNamed = typeof quorum === 'object' && Object.hasOwn(quorum, name);
          if (!isNamed && (wanted === 0 || /^drain/.test(state))) expect(needed).to.equal(0);
        }
      });
    });
  });
});

describe('groupFacts', () => {
  it('counts the workers of each group that are ready, and those that should be', async () => {
    using crew = crewOfGroups();
    await crew.ready(2, undefined, 'api');
    void crew.fork(1, undefined, 'api');

    expect(groupFacts(crew.supervisor)).to.deep.equal([
      { name: 'default', state: 'running', ready: 0, wanted: 0 },
      { name: 'api', state: 'running', ready: 2, wanted: 3 },
    ]);
  });

  it('counts nobody who leaves, and no slot that is given up', async () => {
    using crew = crewOfGroups();
    const [first, second] = await crew.ready(3, undefined, 'api');
    void first?.destroy();
    crew.cluster.worker(1).exits(1);

    expect(second?.state).to.equal('exited');
    expect(groupFacts(crew.supervisor)[1]).to.include({ ready: 1, wanted: 2 });
  });
});
