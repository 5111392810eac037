import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Story } from './story.js';
import { check, expectNothing, expectOne } from './story-verdict.js';

describe('checkCounters', () => {
  const counted = (...sums: readonly number[]) => {
    const story = new Story();
    for (const value of sums) story.did(`w${value}`, 'increment', { path: 'c', by: 1 }, { value });
    return story;
  };

  it('accepts what is between the acknowledged and those that may have happened', () => {
    for (const sum of [2, 3]) {
      const story = counted(1, 2);
      story.begin('w9', 'increment', { path: 'c' });
      expectNothing(story, { c: [sum, 9] });
    }
  });

  it('finds fewer, and more', () => {
    expectOne('brokenCounter', ['final'], counted(1, 2), { c: [1, 1] });
    expectOne('brokenCounter', ['final'], counted(1, 2), { c: [3, 3] });
  });

  it('finds two that made the same sum, at the same time too', () => {
    const story = new Story();
    const [one, other] = [story.begin('w1', 'increment', { path: 'c' }), story.begin('w2', 'increment', { path: 'c' })];
    story.begin('w3', 'increment', { path: 'c' });

    expectOne('brokenCounter', ['w1', 'w2'], story.end(one, { value: 1 }).end(other, { value: 1 }), { c: [2, 2] });
  });

  it('finds a sum greater than all that was added', () => {
    const findings = check(counted(1, 3), { c: [3, 2] });

    expect(findings.map(({ kind }) => kind)).to.deep.equal(['brokenCounter', 'brokenCounter']);
    expect(findings[0]?.events.map(({ process }) => process)).to.deep.equal(['w3', 'w3']);
  });

  it('finds reads of too much, of too little, and backwards', () => {
    expectOne('phantom', ['w0'], counted(1).read('w0', 'peek', 'c', 2), { c: [1, 1] });
    expectOne('staleGet', ['w0'], counted(1, 2).read('w0', 'get', 'c', 1), { c: [2, 2] });
    expectOne('readBackwards', ['w2'], counted(1, 2).read('w2', 'peek', 'c', 1), { c: [2, 2] });
  });

  it('finds a watch that missed an acknowledged sum', () => {
    const story = counted(1, 2, 3);
    story.watched('w0', 'c', { path: 'c', value: 1, version: 1 }, { path: 'c', value: 3, version: 3 });

    expectOne('watchGap', ['w0', 'w2'], story, { c: [3, 3] });
  });
});
