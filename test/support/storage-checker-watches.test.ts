import { describe, it } from 'mocha';
import { Story } from './story.js';
import { expectNothing, expectOne } from './story-verdict.js';

describe('checkWatches', () => {
  const seen = (...versions: readonly number[]) => {
    const story = new Story();
    for (const version of [1, 2, 3]) story.set('w0', 'a', `v${version}`, version);
    const change = (version: number) => ({ path: 'a', value: `v${version}`, version });
    return story.watched('w1', '', ...[1, 2, 3].map(change)).watched('w2', 'a', ...versions.map(change));
  };
  const final = { a: ['v3', 3] } as const;

  it('accepts every version once and in order, from anywhere on', () => {
    expectNothing(seen(1, 2, 3), final);
    expectNothing(seen(2, 3), final);
    expectNothing(seen(), final);
  });

  it('finds a version that is left out', () => expectOne('watchGap', ['w2', 'w0'], seen(1, 3), final));

  it('finds a version that comes twice', () => expectOne('watchRepetition', ['w2'], seen(1, 2, 2, 3), final));

  it('finds versions that come in another order', () => expectOne('watchOrder', ['w2'], seen(1, 3, 2), final));

  it('finds what is left out after the beginning', () => {
    for (const [facts, initial] of [
      [{ expected: 1 }, []],
      [{}, [{ change: 'initial', path: 'a', value: 'v1', version: 1 }]],
    ] as const) {
      const story = seen(1, 2, 3);
      const watch = story.begin('w3', 'watch', { path: 'a', ...facts });
      for (const change of initial) story.end(watch, change);
      story.end(watch, { change: 'set', path: 'a', value: 'v3', version: 3 });
      expectOne('watchGap', ['w3', 'w0'], story, final);
    }
  });
});
