import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Seeded } from './seeded.js';
import { planWork, type WorkStep } from './storage-workload.js';

function plan(seed: number, process = 'w1', steps = 2_000): WorkStep[] {
  return planWork(new Seeded(seed), { process, steps });
}

function flat(steps: readonly WorkStep[]): WorkStep[] {
  return steps.flatMap(step => (step.act === 'lock' ? [step, ...step.inside] : [step]));
}

function valuesOf(steps: readonly WorkStep[]): unknown[] {
  return flat(steps).flatMap(step => {
    if (step.act === 'transaction') return step.steps.flatMap(({ value }) => value ?? []);
    return 'value' in step ? step.value : [];
  });
}

describe('planWork', () => {
  it('plans the same for the same seed, and something else for another', () => {
    expect(plan(1)).to.deep.equal(plan(1));
    expect(plan(1)).not.to.deep.equal(plan(2));
  });

  it('plans everything that a storage can do', () => {
    const acts = new Set(flat(plan(1)).map(({ act }) => act));

    expect([...acts]).to.have.members([
      ...['get', 'entry', 'peek', 'set', 'create', 'update', 'replace', 'delete', 'remove'],
      ...['increment', 'transaction', 'lock', 'watch'],
    ]);
  });

  it('writes no value twice, in two lives neither', () => {
    const values = [...valuesOf(plan(1, 'w1.1')), ...valuesOf(plan(1, 'w1.2'))];

    expect(values).to.have.lengthOf.above(1_000);
    expect(new Set(values)).to.have.lengthOf(values.length);
  });

  it('increments counters and nothing else, and writes pairs together', () => {
    for (const step of flat(plan(1))) {
      if (step.act === 'increment') expect(step.path).to.match(/^counters\.c[12]$/);
      if ('value' in step) expect(step.path).to.match(/^registers\.r[1-4]$/);
      if (step.act !== 'transaction') continue;

      const [left, right, third] = step.steps.map(({ path }) => path);
      expect(left).to.match(/^pairs\.p[12]\.left$/);
      expect(right).to.equal(left?.replace('left', 'right'));
      if (third) expect(third).to.match(/^counters\.c[12]$/);
    }
  });
});
