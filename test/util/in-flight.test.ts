import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Deferred } from '../../lib/util/deferred.js';
import { InFlight } from '../../lib/util/in-flight.js';

describe('InFlight', () => {
  it('counts promises until they settle, either way', async () => {
    const work = new InFlight();
    const [first, second] = [new Deferred<void>(), new Deferred<void>()];
    work.track(first.promise);
    work.track(second.promise);
    expect(work.size).to.equal(2);

    first.resolve();
    second.reject(new Error('burnt'));
    await work.idle();

    expect(work.size).to.equal(0);
  });

  it('counts anything that can be awaited', () => {
    const work = new InFlight();
    work.track(Object.fromEntries([['then', () => {}]]));

    expect(work.size).to.equal(1);
  });

  it('takes everything else for done', () => {
    const work = new InFlight();
    for (const value of [undefined, null, 1, 'soup', {}, Object.fromEntries([['then', 1]]), () => {}])
      work.track(value);

    expect(work.size).to.equal(0);
  });

  describe('#idle', () => {
    it('resolves at once when nothing is open', async () => {
      await new InFlight().idle();
    });

    it('resolves for all who wait, and not before the last work has ended', async () => {
      const work = new InFlight();
      const [first, second] = [new Deferred<void>(), new Deferred<void>()];
      const told: string[] = [];
      work.track(first.promise);
      work.track(second.promise);
      const waiting = Promise.all([work.idle(), work.idle()]).then(() => told.push('idle'));

      first.resolve();
      await first.promise;
      told.push('first');
      second.resolve();
      await waiting;

      expect(told).to.deep.equal(['first', 'idle']);
    });

    it('waits anew for work that comes after it was idle', async () => {
      const work = new InFlight();
      work.track(Promise.resolve());
      await work.idle();
      const later = new Deferred<void>();
      work.track(later.promise);

      const waiting = work.idle();
      later.resolve();
      await waiting;

      expect(work.size).to.equal(0);
    });
  });
});
