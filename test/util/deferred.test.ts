import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Deferred } from '../../lib/util/deferred.js';

describe('Deferred', () => {
  it('resolves its promise', async () => {
    const deferred = new Deferred<number>();

    deferred.resolve(1);

    expect(await deferred.promise).to.equal(1);
  });

  it('rejects its promise', async () => {
    const deferred = new Deferred<number>();

    deferred.reject('no');

    expect(await deferred.promise.catch(reason => reason)).to.equal('no');
  });

  it('says whether it was settled, and keeps to the first time', async () => {
    const deferred = new Deferred<number>();
    expect(deferred.settled).to.equal(false);

    deferred.resolve(1);
    deferred.reject('too late');

    expect([deferred.settled, await deferred.promise]).to.deep.equal([true, 1]);
  });

  it('makes a rejection that nobody sees harmless when it is marked as handled', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => unhandled.push(reason);
    process.prependListener('unhandledRejection', listener);

    new Deferred<void>().markHandled().reject('nobody sees this');
    // Node looks for unhandled rejections after the microtasks of a turn.
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', listener);

    expect(unhandled).to.deep.equal([]);
  });
});
