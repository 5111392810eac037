import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  defaultRestart,
  type RestartKind,
  type RestartOptions,
  RestartPolicy,
  resolveRestart,
} from '../../lib/supervision/restart-policy.js';
import { exitOf } from '../support/exit-records.js';

const exact = { backoff: { initial: 100, max: 1_000, factor: 2, jitter: 0 } };

/** One slot of one group; `fail` tells the delay, or why there is no replacement. */
function oneSlot(options: RestartOptions = {}) {
  const restart = resolveRestart({ intensity: Number.POSITIVE_INFINITY, ...exact, ...options });
  const policy = new RestartPolicy(restart, () => 0.5);
  let counts = { failures: 0, bootFailures: 0 };
  return {
    policy,
    fail(facts: Parameters<typeof exitOf>[0] = {}, now = 0) {
      const verdict = policy.judge(exitOf(facts), { restart, ...counts }, now);
      if (!verdict.restart) return verdict.reason;

      counts = { failures: verdict.failures, bootFailures: verdict.bootFailures };
      return verdict.delay;
    },
  };
}

describe('resolveRestart', () => {
  it('gives the defaults when nothing is said', () => {
    expect(resolveRestart()).to.deep.equal(defaultRestart);
  });

  it('takes each setting alone, parts of the back-off too', () => {
    const settings = resolveRestart({ policy: 'temporary', intensity: 0, backoff: { max: 5 } });

    expect(settings).to.deep.equal({
      ...defaultRestart,
      policy: 'temporary',
      intensity: 0,
      backoff: { ...defaultRestart.backoff, max: 5 },
    });
  });

  it('takes what is left out, or undefined, from the given defaults', () => {
    const group = resolveRestart({ stable: 1, period: 2, backoff: { factor: 3 } });

    expect(resolveRestart({ stable: undefined, backoff: { jitter: 0 } }, group)).to.deep.equal({
      ...group,
      backoff: { ...group.backoff, jitter: 0 },
    });
  });
});

describe('RestartPolicy', () => {
  describe('kinds', () => {
    const clean = { code: 0 };
    const killed = { code: null, signal: 'SIGKILL' };
    const table: readonly (readonly [RestartKind, typeof clean | typeof killed, number | string])[] = [
      ['permanent', clean, 0],
      ['permanent', killed, 0],
      ['transient', clean, 'policy'],
      ['transient', killed, 0],
      ['temporary', clean, 'policy'],
      ['temporary', killed, 'policy'],
    ];
    for (const [policy, exit, verdict] of table) {
      const end = exit === clean ? 'exited with 0' : 'was killed';
      it(`${verdict === 0 ? 'replaces' : 'does not replace'} a ${policy} worker that ${end}`, () => {
        expect(oneSlot({ policy }).fail(exit)).to.equal(verdict);
      });
    }
  });

  describe('back-off', () => {
    it('replaces at once, then waits twice as long each time, up to the longest wait', () => {
      const { fail } = oneSlot();

      expect(Array.from({ length: 7 }, () => fail())).to.deep.equal([0, 100, 200, 400, 800, 1_000, 1_000]);
    });

    it('shortens each wait by chance', () => {
      const { fail } = oneSlot({ backoff: { ...exact.backoff, jitter: 0.5 } });

      expect([fail(), fail(), fail()]).to.deep.equal([0, 75, 150]);
    });

    it('starts anew after a worker that was stable for a while', () => {
      const { fail } = oneSlot({ stable: 5_000 });

      expect([fail(), fail(), fail({ uptime: 5_000 }), fail({ uptime: 4_999 })]).to.deep.equal([0, 100, 0, 100]);
    });

    it('takes the time in which a worker was ready for stability, not that of its boot', () => {
      const { fail } = oneSlot({ stable: 5_000 });
      const slow = { uptime: 60_000, readyFor: 10 };

      expect([fail(slow), fail(slow), fail({ ...slow, readyFor: 5_000 })]).to.deep.equal([0, 100, 0]);
    });

    it('does not take a long boot that fails for stability', () => {
      const { fail } = oneSlot({ stable: 5_000 });

      const slowBoot = { uptime: 60_000, wasReady: false };
      expect([fail(slowBoot), fail(slowBoot), fail({ ...slowBoot, bootTimedOut: true })]).to.deep.equal([0, 100, 200]);
    });

    it('adds boots that fail to the crashes before, and forgets them when one is ready', () => {
      const { fail } = oneSlot();
      const boot = { wasReady: false };

      const delays = [fail(), fail(), fail(boot), fail(boot), fail(), fail(boot), fail(boot)];

      expect(delays).to.deep.equal([0, 100, 200, 400, 200, 400, 800]);
    });

    it('replaces at once, and counts nothing, after an exit that was wanted', () => {
      const { fail, policy } = oneSlot({ intensity: 0 });

      expect([fail({ intent: 'recycled' }), fail({ intent: 'recycled' }), policy.failed]).to.deep.equal([0, 0, false]);
    });
  });

  describe('intensity', () => {
    it('fails the group once when one too many fall within the period, and tells which', () => {
      const restart = resolveRestart({ intensity: 1, period: 1_000 });
      const policy = new RestartPolicy(restart);
      const exits = [exitOf(), exitOf({ code: 2 }), exitOf({ code: 3 })] as const;

      const verdicts = exits.map((exit, at) => policy.judge(exit, { restart, failures: 0, bootFailures: 0 }, at * 999));

      expect(verdicts).to.deep.equal([
        { restart: true, delay: 0, failures: 1, bootFailures: 0 },
        { restart: false, reason: 'tooManyCrashes', exits: exits.slice(0, 2), bootFailures: 0 },
        { restart: false, reason: 'groupFailed' },
      ]);
      expect(policy.failed).to.equal(true);
    });

    it('forgets failures as old as the period', () => {
      const { fail } = oneSlot({ intensity: 1, period: 1_000, backoff: { initial: 0 } });

      expect([fail({}, 0), fail({}, 1_000), fail({}, 2_000), fail({}, 2_999)]).to.deep.equal([
        0,
        0,
        0,
        'tooManyCrashes',
      ]);
    });

    it('counts over all slots of the group, boot failures and clean exits too', () => {
      const restart = resolveRestart({ intensity: 2 });
      const policy = new RestartPolicy(restart);

      const ends = [exitOf({ wasReady: false }), exitOf({ code: 0 }), exitOf({ intent: 'hung' })];
      const verdicts = ends.map(exit => policy.judge(exit, { restart, failures: 0, bootFailures: 0 }, 0));

      expect(verdicts.map(verdict => verdict.restart)).to.deep.equal([true, true, false]);
    });

    it('tells how many of the exits that failed the group were boots', () => {
      const restart = resolveRestart({ intensity: 2 });
      const policy = new RestartPolicy(restart);

      const ends = [exitOf({ wasReady: false }), exitOf(), exitOf({ wasReady: false, bootTimedOut: true })];
      const verdicts = ends.map(exit => policy.judge(exit, { restart, failures: 0, bootFailures: 0 }, 0));

      expect(verdicts.at(-1)).to.deep.equal({ restart: false, reason: 'tooManyCrashes', exits: ends, bootFailures: 2 });
    });

    it('never fails without a limit', () => {
      const { fail, policy } = oneSlot({ intensity: Number.POSITIVE_INFINITY });

      for (let times = 0; times < 10_000; times++) fail();

      expect(policy.failed).to.equal(false);
    });

    it('fails at the first failure when none is allowed', () => {
      expect(oneSlot({ intensity: 0 }).fail()).to.equal('tooManyCrashes');
    });

    it('says of a worker that its policy would not replace only that, in a group that failed too', () => {
      const { fail, policy } = oneSlot({ intensity: 0, policy: 'transient' });
      fail();

      expect([policy.failed, fail({ code: 0 })]).to.deep.equal([true, 'policy']);
    });

    it('starts with a clean record after a reset', () => {
      const { fail, policy } = oneSlot({ intensity: 1, backoff: { initial: 0 } });
      fail();
      fail();

      policy.reset();

      expect([policy.failed, fail(), fail()]).to.deep.equal([false, 0, 'tooManyCrashes']);
    });
  });

  it('allows at most `intensity` replacements in any period, for any times of failure', () => {
    const steps = fc.array(fc.nat(400), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.nat(5), (gaps, intensity) => {
        const { fail } = oneSlot({ intensity, period: 1_000 });
        const restarts: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          if (typeof fail({}, now) === 'number') restarts.push(now);
        }
        for (const start of restarts) {
          expect(restarts.filter(at => at >= start && at < start + 1_000).length).to.be.at.most(intensity);
        }
      }),
    );
  });
});
