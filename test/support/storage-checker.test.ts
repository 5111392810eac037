import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkStorage, type FinalState, type FindingKind } from './storage-checker.js';
import { Story } from './story.js';

type Final = Record<string, readonly [value: unknown, version: number]>;

function check(story: Story, final: Final) {
  const state: FinalState = new Map(
    Object.entries(final).map(([path, [value, version]]) => [path, { value, version }]),
  );
  return checkStorage(story.events, state);
}

/** Exactly one thing is wrong, and the operations of these processes show it. */
function expectOne(kind: FindingKind, processes: readonly string[], story: Story, final: Final): void {
  const findings = check(story, final);
  expect(findings.map(each => `${each.kind}: ${each.message}`)).to.have.lengthOf(1);
  expect(findings[0]?.kind, findings[0]?.message).to.equal(kind);
  expect(findings[0]?.events.map(({ process }) => process)).to.include.members([...processes]);
}

function expectNothing(story: Story, final: Final): void {
  expect(check(story, final)).to.deep.equal([]);
}

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

describe('checkStorage', () => {
  it('finds nothing wrong with nothing', () => expectNothing(new Story(), {}));

  describe('of acknowledged writes', () => {
    it('finds one that is not there in the end', () => {
      expectOne('lostWrite', ['w1', 'final'], new Story().set('w0', 'a', 'x', 1).set('w1', 'a', 'y', 2), {
        a: ['x', 1],
      });
      expectOne('lostWrite', ['w1', 'final'], new Story().set('w1', 'a', 'y', 1), {});
    });

    it('finds a deletion that is not there in the end', () => {
      const story = new Story().set('w0', 'a', 'x', 1).did('w1', 'delete', { path: 'a' }, { value: true });

      expectOne('lostWrite', ['w1', 'final'], story, { a: ['x', 1] });
    });

    it('finds an update whose version nobody knows and that is not there in the end', () => {
      const story = new Story().set('w0', 'a', 'x', 1);
      story.did('w1', 'update', { path: 'a', value: 'y' }, { value: 'y', previous: 'x' });

      expectOne('lostWrite', ['w1', 'final'], story, { a: ['x', 1] });
    });

    it('finds one that was overwritten before anybody saw it, if somebody watched', () => {
      const story = new Story();
      const watch = story.begin('w9', 'watch', { path: '' });
      story.set('w0', 'a', 'x', 1).end(watch, { change: 'set', path: 'a', value: 'x', version: 1 });
      story.set('w1', 'a', 'y', 2);
      story.set('w2', 'a', 'z', 3).end(watch, { change: 'set', path: 'a', value: 'z', version: 3 });

      expectOne('lostWrite', ['w1', 'w9'], story, { a: ['z', 3] });
    });

    it('finds one that was read, unacknowledged, and then is gone', () => {
      const story = new Story().set('w0', 'a', 'x', 1);
      story.begin('w1', 'set', { path: 'a', value: 'y' });
      story.read('w2', 'entry', 'a', 'y', 2);

      expectOne('lostWrite', ['w1', 'final'], story, { a: ['x', 1] });
    });

    it('accepts that one that was not acknowledged happened, or not', () => {
      for (const final of [{ a: ['y', 2] }, { a: ['x', 1] }] as const) {
        const story = new Story().set('w0', 'a', 'x', 1);
        story.end(story.begin('w1', 'set', { path: 'a', value: 'y' }), {}, 'unknown');
        expectNothing(story, final);
      }
    });

    it('accepts that one that was not acknowledged happens much later', () => {
      const story = new Story().set('w0', 'a', 'x', 1);
      story.begin('w1', 'set', { path: 'a', value: 'y' });
      story.died('w1').read('w2', 'get', 'a', 'x').set('w2', 'a', 'z', 2);

      expectNothing(story.read('w2', 'get', 'a', 'y'), { a: ['y', 3] });
    });
  });

  describe('of what is read', () => {
    it('finds a value that nobody wrote', () => {
      for (const op of ['get', 'entry', 'peek'] as const)
        expectOne('phantom', ['w1'], new Story().set('w0', 'a', 'x', 1).read('w1', op, 'a', 'ghost'), { a: ['x', 1] });
      const watched = new Story().set('w0', 'a', 'x', 1).watched('w1', 'a', { path: 'a', value: 'ghost', version: 2 });
      expectOne('phantom', ['w1'], watched, { a: ['x', 1] });
    });

    it('finds a value that nobody wrote in the end, and one where nobody wrote', () => {
      expectOne('phantom', ['final'], new Story(), { a: ['ghost', 1] });
      expectOne('phantom', ['w1'], new Story().set('w0', 'a.b', 'x', 1).read('w1', 'get', 'a', { b: 'x', c: 'y' }), {
        'a.b': ['x', 1],
      });
    });

    it('finds a value that only a failed write wrote', () => {
      const story = new Story().set('w0', 'a', 'x', 1).failed('w1', 'create', { path: 'a', value: 'y' });

      expectOne('phantom', ['w1', 'w2'], story.read('w2', 'peek', 'a', 'y'), { a: ['x', 1] });
    });

    it('finds a version that nobody wrote', () => {
      expectOne('phantom', ['w0', 'w1'], new Story().set('w0', 'a', 'x', 1).read('w1', 'entry', 'a', 'x', 7), {
        a: ['x', 1],
      });
    });

    it('finds a value before it was written', () => {
      const story = new Story().read('w1', 'get', 'a', 'x').set('w0', 'a', 'x', 1);

      expect(check(story, { a: ['x', 1] }).map(({ kind }) => kind)).to.include('phantom');
    });

    it('finds a deletion that nobody asked for', () => {
      const story = new Story().set('w0', 'a', 'x', 1);
      story.watched('w1', 'a', { change: 'delete', path: 'a', version: 2 }).set('w0', 'a', 'y', 3);

      expectOne('phantom', ['w1'], story, { a: ['y', 3] });
    });

    it('finds an old value after a newer one was acknowledged', () => {
      const story = new Story().set('w0', 'a', 'x', 1).set('w1', 'a', 'y', 2).read('w2', 'get', 'a', 'x');

      expectOne('staleGet', ['w1', 'w2'], story, { a: ['y', 2] });
    });

    it('finds an old value after somebody read a newer one', () => {
      const story = new Story().set('w0', 'a', 'x', 1);
      const writing = story.begin('w1', 'set', { path: 'a', value: 'y' });
      story.read('w2', 'peek', 'a', 'y').read('w3', 'get', 'a', 'x').end(writing, { version: 2 });

      expectOne('staleGet', ['w2', 'w3'], story, { a: ['y', 2] });
    });

    it('finds nothing where something was acknowledged, and something after it was deleted', () => {
      expectOne('staleGet', ['w0', 'w1'], new Story().set('w0', 'a', 'x', 1).read('w1', 'get', 'a', undefined), {
        a: ['x', 1],
      });
      const story = new Story().set('w0', 'a', 'x', 1).did('w1', 'delete', { path: 'a' }, { value: true });
      expectOne('staleGet', ['w1', 'w2'], story.read('w2', 'get', 'a', 'x'), {});
    });

    it('accepts either value while a write is under way', () => {
      const story = new Story().set('w0', 'a', 'x', 1);
      const [writing, reading] = [
        story.begin('w1', 'set', { path: 'a', value: 'y' }),
        story.begin('w2', 'get', { path: 'a' }),
      ];
      story.read('w3', 'get', 'a', 'x').read('w4', 'get', 'a', 'y').end(reading, { value: 'x' });

      expectNothing(story.end(writing, { version: 2 }), { a: ['y', 2] });
    });

    it('accepts that somebody else is behind with a peek', () => {
      const story = new Story().set('w0', 'a', 'x', 1).set('w1', 'a', 'y', 2).read('w2', 'peek', 'a', 'x');

      expectNothing(story.read('w2', 'peek', 'b', undefined), { a: ['y', 2] });
    });

    it('finds a peek that goes backwards behind what its process wrote or read', () => {
      const written = new Story().set('w0', 'a', 'x', 1).set('w1', 'a', 'y', 2).read('w1', 'peek', 'a', 'x');
      expectOne('readBackwards', ['w1'], written, { a: ['y', 2] });
      const read = new Story().set('w0', 'a', 'x', 1).set('w0', 'a', 'y', 2);
      read.read('w1', 'peek', 'a', 'y').read('w1', 'peek', 'a', 'x');
      expectOne('readBackwards', ['w1'], read, { a: ['y', 2] });
    });
  });

  describe('of versions', () => {
    it('finds two writes with one version', () => {
      const story = new Story().set('w0', 'a', 'x', 1).set('w1', 'b', 'y', 1);

      expectOne('duplicateVersion', ['w0', 'w1'], story, { a: ['x', 1], b: ['y', 1] });
    });

    it('finds a later write with a lesser version', () => {
      const story = new Story().set('w0', 'a', 'x', 2).set('w1', 'b', 'y', 1);

      expectOne('versionOrder', ['w0', 'w1'], story, { a: ['x', 2], b: ['y', 1] });
    });

    it('finds a counter that was less at a greater version', () => {
      const story = new Story().did('w0', 'increment', { path: 'c' }, { value: 1 });
      const counting = story.begin('w0', 'increment', { path: 'c' });
      const [first, second] = [story.begin('w1', 'entry', { path: 'c' }), story.begin('w2', 'entry', { path: 'c' })];
      story.end(first, { value: 2, version: 1 }).end(second, { value: 1, version: 2 }).end(counting, { value: 2 });

      expectOne('versionOrder', ['w2'], story, { c: [2, 1] });
    });
  });

  describe('of conditions', () => {
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

  describe('of counters', () => {
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
      const [one, other] = [
        story.begin('w1', 'increment', { path: 'c' }),
        story.begin('w2', 'increment', { path: 'c' }),
      ];
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

  describe('of locks', () => {
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

  describe('of watches', () => {
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

  describe('of transactions', () => {
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

  describe('of a history that no store can have made', () => {
    it('refuses to judge', () => {
      const twice = new Story().set('w0', 'a', 'x', 1).set('w1', 'a', 'x', 2);
      const mixed = new Story().set('w0', 'a', 'x', 1).did('w1', 'increment', { path: 'a' }, { value: 1 });
      const endless = new Story();
      const deed = endless.begin('w0', 'get', { path: 'a' });
      endless.end(deed).end(deed);

      expect(() => check(twice, {})).to.throw('more than once');
      expect(() => check(mixed, {})).to.throw('a counter and something else');
      expect(() => check(endless, {})).to.throw('more than one end');
    });
  });
});

/** Whoever holds something releases it, in the end. */
function unlocked(story: Story): Story {
  for (const { process, token, op } of story.events.filter(({ type }) => type === 'ok'))
    if (op === 'lock') story.did(process, 'unlock', { path: 'l', token });
  return story;
}
