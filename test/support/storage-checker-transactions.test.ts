import { describe, it } from 'mocha';
import { Story } from './story.js';
import { expectNothing, expectOne } from './story-verdict.js';

/** A transaction of two halves, with nothing yet of its end. */
const halves = {
  steps: [
    { type: 'set', path: 'p.left', value: 'L2' },
    { type: 'set', path: 'p.right', value: 'R2' },
  ],
} as const;

function pair(): Story {
  return new Story().set('w0', 'p.left', 'L1', 1).set('w0', 'p.right', 'R1', 2);
}

describe('checkTransactions', () => {
  const whole = { 'p.left': ['L2', 3], 'p.right': ['R2', 4] } as const;

  it('finds one that somebody saw half done', () => {
    for (const op of ['get', 'peek'] as const) {
      const story = pair();
      const writing = story.begin('w1', 'transaction', halves);
      story.read('w2', op, 'p', { left: 'L2', right: 'R1' }).end(writing, { results: [3, 4] });
      expectOne('halfTransaction', ['w1', 'w2'], story, whole);
    }
  });

  it('finds one of which half is there in the end', () => {
    const story = pair().did('w1', 'transaction', halves, { results: [3, 4] });

    expectOne('halfTransaction', ['w1'], story, { ...whole, 'p.right': ['R1', 2] });
  });

  it('finds half of one that was not acknowledged', () => {
    const story = pair();
    story.begin('w1', 'transaction', halves);
    const changes = [
      { path: 'p.right', value: 'R1', version: 2 },
      { path: 'p.left', value: 'L2', version: 3 },
      { path: 'p.left', value: 'L3', version: 5 },
    ];
    story.set('w2', 'p.left', 'L3', 5).watched('w3', 'p', ...changes);

    expectOne('halfTransaction', ['w1'], story, { 'p.left': ['L3', 5], 'p.right': ['R1', 2] });
  });

  it('accepts all of it, or nothing', () => {
    for (const [left, right] of [
      ['L1', 'R1'],
      ['L2', 'R2'],
    ]) {
      const story = pair();
      const writing = story.begin('w1', 'transaction', halves);
      expectNothing(story.read('w2', 'get', 'p', { left, right }).end(writing, { results: [3, 4] }), whole);
    }
  });

  it('finds a read of several paths that were never so at one time', () => {
    const story = pair().set('w1', 'p.left', 'L2', 3);
    const writing = story.begin('w1', 'set', { path: 'p.right', value: 'R2' });
    story.read('w2', 'peek', 'p', { left: 'L1', right: 'R2' }).end(writing, { version: 4 });

    expectOne('readBackwards', ['w1', 'w2'], story, whole);
  });
});
