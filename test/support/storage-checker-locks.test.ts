import { describe, it } from 'mocha';
import { Story } from './story.js';
import { expectNothing, expectOne } from './story-verdict.js';

describe('checkLocks', () => {
  it('finds two holders at once', () => {
    const story = new Story()
      .did('w1', 'lock', { path: 'l' }, { token: 1 })
      .did('w2', 'lock', { path: 'l' }, { token: 2 });

    expectOne('twoHolders', ['w1', 'w2'], unlocked(story), {});
  });

  it('finds a token that is not greater than that of a holder before', () => {
    for (const token of [4, 5]) {
      const story = new Story();
      story.did('w1', 'lock', { path: 'l' }, { token: 5 }).did('w1', 'unlock', { path: 'l', token: 5 });
      story.did('w2', 'lock', { path: 'l' }, { token }).did('w2', 'unlock', { path: 'l', token });
      expectOne('tokenOrder', ['w1', 'w2'], story, {});
    }
  });

  it('accepts a second holder once the first began to release it, or is dead, or has lost it', () => {
    const begun = new Story().did('w1', 'lock', { path: 'l' }, { token: 1 });
    const releasing = begun.begin('w1', 'unlock', { path: 'l', token: 1 });
    expectNothing(begun.did('w2', 'lock', { path: 'l' }, { token: 2 }).end(releasing), {});

    const dead = new Story().did('w1', 'lock', { path: 'l' }, { token: 1 }).died('w1');
    expectNothing(dead.did('w2', 'lock', { path: 'l' }, { token: 2 }), {});

    const lost = new Story().did('w1', 'lock', { path: 'l' }, { token: 1 });
    lost.did('w2', 'lock', { path: 'l' }, { token: 2 }).failed('w1', 'unlock', { path: 'l', token: 1 });
    expectNothing(lost, {});
  });

  it('accepts a second holder when the time of the first is over', () => {
    const story = new Story().did('w1', 'lock', { path: 'l', ttl: 1e-6 }, { token: 1 });

    expectNothing(unlocked(story.did('w2', 'lock', { path: 'l' }, { token: 2 })), {});
  });
});

/** Whoever holds something releases it, in the end. */
function unlocked(story: Story): Story {
  for (const { process, token, op } of story.events.filter(({ type }) => type === 'ok'))
    if (op === 'lock') story.did(process, 'unlock', { path: 'l', token });
  return story;
}
