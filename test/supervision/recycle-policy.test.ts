import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { isRecycling, RecyclePolicy, type RecycleSettings } from '../../lib/supervision/recycle-policy.js';

const { POSITIVE_INFINITY } = Number;
const never: RecycleSettings = {
  every: POSITIVE_INFINITY,
  memory: POSITIVE_INFINITY,
  messages: POSITIVE_INFINITY,
  jitter: 0,
};
const fresh = { age: 0, memory: undefined, handled: undefined };

describe('isRecycling', () => {
  it('is so as soon as there is one limit', () => {
    const settings = [{}, { every: 1 }, { memory: 1 }, { messages: 1 }, { jitter: 1 }];

    expect(settings.map(each => isRecycling({ ...never, ...each }))).to.deep.equal([false, true, true, true, false]);
  });
});

describe('RecyclePolicy', () => {
  const policy = new RecyclePolicy({ every: 1_000, memory: 500, messages: 10, jitter: 0 });

  it('lets a worker be that is below every limit', () => {
    expect(policy.judge({ age: 999, memory: 499, handled: 9 })).to.equal(undefined);
  });

  it('says which limit a worker has reached', () => {
    const uses = [
      { ...fresh, age: 1_000 },
      { ...fresh, memory: 500 },
      { ...fresh, handled: 10 },
    ];

    expect(uses.map(use => policy.judge(use))).to.deep.equal(['age', 'memory', 'messages']);
  });

  it('says one of several', () => {
    expect(policy.judge({ age: 2_000, memory: 900, handled: 90 })).to.equal('age');
    expect(policy.judge({ age: 0, memory: 900, handled: 90 })).to.equal('memory');
  });

  it('knows nothing of a worker that has not told', () => {
    expect(policy.judge(fresh)).to.equal(undefined);
  });

  it('differs from worker to worker, each limit on its own, and none is exceeded', () => {
    const chances = [0.5, 0, 0.25];
    const settings = { every: 1_000, memory: 1_000, messages: 1_000, jitter: 0.2 };
    const { age, ...each } = { age: 0, memory: 0, handled: 0 };
    const one = new RecyclePolicy(settings, () => chances.shift() ?? 0);

    expect(one.age).to.equal(900);
    expect([one.judge({ ...each, age: 899 }), one.judge({ ...each, age: 900 })]).to.deep.equal([undefined, 'age']);
    expect([999, 1_000].map(memory => one.judge({ age, memory, handled: 0 }))).to.deep.equal([undefined, 'memory']);
    expect([949, 950].map(handled => one.judge({ age, memory: 0, handled }))).to.deep.equal([undefined, 'messages']);
  });

  it('uses chance of its own unless it is given some', () => {
    const ages = Array.from({ length: 50 }, () => new RecyclePolicy({ ...never, every: 1_000, jitter: 0.1 }).age);

    expect(new Set(ages).size).to.be.above(1);
    for (const age of ages) expect(age).to.be.within(900, 1_000);
  });

  describe('whatever the jitter and the chance', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const chance = fc.oneof(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.constant(0));
    const amount = fc.integer({ min: 1, max: 2 ** 50 });
    // The limit of a worker is rounded, and so are its bounds.
    const rounding = 1e-12;

    for (const [setting, fact, cause] of [
      ['every', 'age', 'age'],
      ['memory', 'memory', 'memory'],
      ['messages', 'handled', 'messages'],
    ] as const) {
      it(`keeps the limit \`${setting}\` within the jitter`, () => {
        fc.assert(
          fc.property(amount, share, chance, (limit, jitter, random) => {
            const each = new RecyclePolicy({ ...never, [setting]: limit, jitter }, () => random);
            const judge = (value: number) => each.judge({ ...fresh, [fact]: value });

            if (jitter < 1) expect(judge(limit * (1 - jitter) * (1 - rounding) - Number.EPSILON)).to.equal(undefined);
            expect(judge(limit)).to.equal(cause);
          }),
        );
      });
    }

    it('never finds a worker due that has no limit', () => {
      const use = fc.record({ age: amount, memory: amount, handled: amount });
      fc.assert(
        fc.property(use, share, chance, (used, jitter, random) => {
          const each = new RecyclePolicy({ ...never, jitter }, () => random);

          expect([each.judge(used), each.age]).to.deep.equal([undefined, POSITIVE_INFINITY]);
        }),
      );
    });
  });
});
