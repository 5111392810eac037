import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Deferred } from '../../lib/util/deferred.js';
import { within } from '../../lib/util/within.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';

describe('within', () => {
  const late = new Error('too late');
  const setUp = (signal?: AbortSignal) => {
    const clock = new FakeClock();
    const deferred = new Deferred<string>();
    const waiting = within(deferred.promise, { clock, timeout: 100, timedOut: () => late, signal });
    return { clock, deferred, waiting };
  };

  it('settles like the promise, and leaves no timer', async () => {
    const { clock, deferred, waiting } = setUp();
    deferred.resolve('soup');

    expect(await waiting).to.equal('soup');
    expect(clock.pending).to.equal(0);
  });

  it('rejects when the time is over', async () => {
    const { clock, waiting } = setUp();
    clock.advance(100);

    expect(await rejection(waiting)).to.equal(late);
  });

  it('rejects with the reason of the signal, and leaves no timer', async () => {
    const controller = new AbortController();
    const { clock, waiting } = setUp(controller.signal);
    controller.abort(new Error('not hungry'));

    expect(await rejection(waiting)).to.have.property('message', 'not hungry');
    expect(clock.pending).to.equal(0);
  });
});
