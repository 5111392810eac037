import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Story } from './story.js';
import { check, expectNothing, expectOne } from './story-verdict.js';

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
