import { describe, it } from 'mocha';
import { Story } from './story.js';
import { expectNothing, expectOne } from './story-verdict.js';

describe('checkWrites', () => {
  it('finds a creation where something was', () => {
    const story = new Story().set('w0', 'a', 'x', 1).did('w1', 'create', { path: 'a', value: 'y' }, { version: 2 });

    expectOne('impossibleSuccess', ['w0', 'w1'], story, { a: ['y', 2] });
  });

  it('accepts a creation after a deletion of which nobody knows', () => {
    const story = new Story().set('w0', 'a', 'x', 1);
    story.begin('w2', 'delete', { path: 'a' });

    expectNothing(story.did('w1', 'create', { path: 'a', value: 'y' }, { version: 3 }), { a: ['y', 3] });
  });

  it('finds a write with a version that was not the last, alone and in a transaction', () => {
    const story = () => new Story().set('w0', 'a', 'x', 1).set('w1', 'a', 'y', 2);
    const alone = story().did('w2', 'set', { path: 'a', value: 'z', expected: 1 }, { version: 3 });
    expectOne('impossibleSuccess', ['w1', 'w2'], alone, { a: ['z', 3] });
    const steps = [
      { type: 'check', path: 'a', ifVersion: 1 },
      { type: 'set', path: 'b', value: 'z' },
    ] as const;
    const together = story().did('w2', 'transaction', { steps }, { results: [1, 3] });
    expectOne('impossibleSuccess', ['w1', 'w2'], together, { a: ['y', 2], b: ['z', 3] });
  });

  it('finds an update that lost what somebody else wrote', () => {
    const story = new Story().set('w0', 'a', 'x', 1).set('w1', 'a', 'y', 2);
    story.did('w2', 'update', { path: 'a', value: 'z' }, { value: 'z', previous: 'x' });

    expectOne('lostUpdate', ['w1', 'w2'], story, { a: ['z', 3] });
  });

  it('finds two updates made from one value, whatever their versions', () => {
    const story = new Story().set('w0', 'a', 'x', 1);
    for (const [process, value] of [
      ['w1', 'y'],
      ['w2', 'z'],
    ] as const)
      story.did(process, 'update', { path: 'a', value }, { value, previous: 'x' });

    expectOne('lostUpdate', ['w1', 'w2'], story.set('w0', 'a', 'end', 4), { a: ['end', 4] });
  });

  it('finds an update made from nothing where something was', () => {
    const story = new Story().set('w0', 'a', 'x', 1);

    expectOne('lostUpdate', ['w0', 'w1'], story.did('w1', 'update', { path: 'a', value: 'y' }, { value: 'y' }), {
      a: ['y', 2],
    });
  });
});
