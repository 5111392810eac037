import { expect } from 'chai';
import { describe, it } from 'mocha';
import { UnknownGroupError } from '../../lib/errors/errors.js';
import { checkSelection } from '../../lib/primary/selection.js';
import { Selector } from '../../lib/primary/selector.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { beatFrame, replyFrame } from '../../lib/protocol/frame.js';
import { crewOfGroups, FakeCrew } from '../support/fake-supervisor.js';

/** The ids that are selected one after the other. */
function take(crew: FakeCrew, count: number, options: object = {}): (number | undefined)[] {
  const selector = new Selector(crew.supervisor);
  return Array.from({ length: count }, () => selector.select(checkSelection(options))?.id);
}

function ask(worker: WorkerHandle | undefined, times = 1): void {
  for (let time = 0; time < times; time++) worker?.request({ message: { type: 'cook' } }).catch(() => {});
}

/** What the workers tell of their load, in the order of their forks. */
function report(crew: FakeCrew, ...loads: readonly number[]): void {
  for (const [index, utilization] of loads.entries()) crew.cluster.worker(index).says(beatFrame(0, { utilization }));
}

describe('Selector', () => {
  it('selects nobody where nobody is ready', () => {
    using crew = new FakeCrew();
    void crew.fork();

    for (const strategy of ['roundRobin', 'leastPending', 'leastLoad', 'hash'])
      expect(take(crew, 1, { strategy, ...(strategy === 'hash' && { key: '' }) }), strategy).to.deep.equal([undefined]);
  });

  it('refuses a group that there is not', async () => {
    using crew = new FakeCrew();
    await crew.ready();

    for (const strategy of ['roundRobin', 'leastPending', 'leastLoad', 'hash']) {
      const options = { strategy, group: 'none', ...(strategy === 'hash' && { key: '' }) };
      expect(() => take(crew, 1, options), strategy)
        .to.throw(UnknownGroupError, 'There is no group `none`; there are `default`')
        .with.deep.property('details', { group: 'none', known: ['default'] });
    }
  });

  it('selects among a group only', async () => {
    using crew = crewOfGroups();
    await crew.ready(2);
    await crew.ready(1, undefined, 'api');

    for (const strategy of ['roundRobin', 'leastPending', 'leastLoad'])
      expect(take(crew, 2, { strategy, group: 'api' }), strategy).to.deep.equal([3, 3]);
    expect(take(crew, 1, { strategy: 'hash', key: 'soup', group: 'api' })).to.deep.equal([3]);
  });

  it('selects none of those that are out of the question', async () => {
    using crew = new FakeCrew();
    const [first, second, third] = await crew.ready(3);
    const selector = new Selector(crew.supervisor);
    const except = new Set([first as WorkerHandle, third as WorkerHandle]);

    for (const options of [{}, { strategy: 'leastPending' }, { strategy: 'leastLoad' }, { strategy: 'hash', key: 'a' }])
      expect(selector.select(checkSelection(options), except)).to.equal(second);
    except.add(second as WorkerHandle);

    expect(selector.select(checkSelection({}), except)).to.equal(undefined);
  });

  describe('roundRobin', () => {
    it('is exact, and disturbed by no other strategy', async () => {
      using crew = new FakeCrew();
      await crew.ready(3);

      expect(take(crew, 2)).to.deep.equal([1, 2]);
      take(crew, 2, { strategy: 'leastPending' });
      take(crew, 1, { strategy: 'leastLoad' });
      expect(take(crew, 4)).to.deep.equal([3, 1, 2, 3]);
    });

    it('counts one that was selected because others were out of the question', async () => {
      using crew = new FakeCrew();
      const [first] = await crew.ready(3);
      const selector = new Selector(crew.supervisor);
      selector.select(checkSelection({}), new Set([first as WorkerHandle]));

      expect(take(crew, 3)).to.deep.equal([1, 3, 2]);
    });
  });

  describe('leastPending', () => {
    it('lets equal workers take turns, for each tag of its own', async () => {
      using crew = new FakeCrew();
      await crew.ready(3);
      const strategy = 'leastPending';

      expect(take(crew, 4, { strategy })).to.deep.equal([1, 2, 3, 1]);
      expect(take(crew, 2, { strategy, tag: 'soup' })).to.deep.equal([1, 2]);
    });

    it('selects the one with the fewest open requests', async () => {
      using crew = new FakeCrew();
      const [first, second, third] = await crew.ready(3);
      ask(first, 2);
      ask(second, 3);
      ask(third, 1);

      expect(take(crew, 2, { strategy: 'leastPending' })).to.deep.equal([3, 3]);
      ask(third, 1);
      expect(take(crew, 3, { strategy: 'leastPending' })).to.deep.equal([1, 3, 1]);
    });

    it('sees at once what is asked and answered', async () => {
      using crew = new FakeCrew();
      const workers = await crew.ready(2);
      const selector = new Selector(crew.supervisor);
      const selected: unknown[] = [];
      for (let request = 0; request < 5; request++) {
        const worker = selector.select(checkSelection({ strategy: 'leastPending' }));
        selected.push(worker?.id);
        ask(worker);
      }
      await crew.cluster.worker(1).process.idle;
      for (const [, id] of crew.cluster.worker(1).frames) crew.cluster.worker(1).says(replyFrame(id, 'done'));

      expect(selected).to.deep.equal([1, 2, 1, 2, 1]);
      expect(workers.map(({ pending }) => pending)).to.deep.equal([3, 0]);
      expect(take(crew, 2, { strategy: 'leastPending' })).to.deep.equal([2, 2]);
    });
  });

  describe('leastLoad', () => {
    it('lets workers that have not reported take turns', async () => {
      using crew = new FakeCrew();
      await crew.ready(2);

      expect(take(crew, 3, { strategy: 'leastLoad' })).to.deep.equal([1, 2, 1]);
    });

    it('selects the one with the lowest load, equal ones in turn', async () => {
      using crew = new FakeCrew();
      await crew.ready(3);
      report(crew, 0.5, 0.2, 0.2);

      expect(take(crew, 4, { strategy: 'leastLoad' })).to.deep.equal([2, 3, 2, 3]);
      report(crew, 0.1);
      expect(take(crew, 2, { strategy: 'leastLoad' })).to.deep.equal([1, 1]);
    });

    it('takes one that has not reported for idle', async () => {
      using crew = new FakeCrew();
      await crew.ready(2);
      report(crew, 0.2);

      expect(take(crew, 2, { strategy: 'leastLoad' })).to.deep.equal([2, 2]);
    });

    it('avoids one that reports no more', async () => {
      using crew = new FakeCrew();
      await crew.ready(2);
      take(crew, 1, { strategy: 'leastLoad' });
      report(crew, 0.1, 0.9);
      crew.clock.advance(1_500);
      crew.cluster.worker(1).says(beatFrame(0, { utilization: 0.9 }));
      crew.clock.advance(1_000);

      expect(take(crew, 2, { strategy: 'leastLoad' })).to.deep.equal([2, 2]);
    });
  });

  describe('hash', () => {
    it('gives the same key to the same slot, also after a replacement', async () => {
      using crew = new FakeCrew();
      await crew.ready(3);
      const names = () => ['a', 'b', 'c', 'd', 'e', 'f'].map(key => nameOf(crew, key));
      const before = names();

      crew.cluster.worker(0).exits(1);
      const between = names();
      crew.cluster.worker(3).becomesReady();

      expect(new Set(before)).to.deep.equal(new Set(['default-0', 'default-1', 'default-2']));
      expect(between).to.not.include('default-0');
      expect(between.filter((name, index) => name !== before[index])).to.have.lengthOf(
        before.filter(name => name === 'default-0').length,
      );
      expect(names()).to.deep.equal(before);
    });
  });
});

function nameOf({ supervisor }: FakeCrew, key: string): string | undefined {
  return new Selector(supervisor).select(checkSelection({ strategy: 'hash', key }))?.name;
}
