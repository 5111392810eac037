import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Crew, CrewCall } from '../../lib/primary/crew.js';
import { Deferred } from '../../lib/util/deferred.js';
import { rejection } from '../support/thrown.js';

describe('CrewCall', () => {
  const crew = {} as Crew;
  const setUp = () => {
    const outcome = new Deferred<{ readonly error: unknown } | undefined>();
    return { outcome, call: new CrewCall(outcome.promise) };
  };
  const settled = async (promise: Promise<unknown>) => {
    const pending = Symbol('pending');
    const later = (async () => {
      for (let turn = 0; turn < 10; turn++) await undefined;
      return pending;
    })();
    return (await Promise.race([promise, later])) !== pending;
  };

  it('lets what addresses one worker through once the primary is set up', async () => {
    const { call } = setUp();
    const waiting = call.waitFor({ to: 'anna' });
    expect(await settled(waiting)).to.equal(false);
    call.arrived(crew);

    expect(await waiting).to.equal(crew);
  });

  it('lets what addresses the whole cluster through once that stands', async () => {
    const { call, outcome } = setUp();
    call.arrived(crew);
    const all = [call.waitFor({}), call.waitFor({ to: 'all' })];
    expect(await settled(Promise.race(all))).to.equal(false);
    outcome.resolve(undefined);

    expect(await Promise.all(all)).to.deep.equal([crew, crew]);
  });

  it('rejects with the failure of the start', async () => {
    const { call, outcome } = setUp();
    const error = new Error('no gas');
    outcome.resolve({ error });

    for (const waiting of [call.wait(), call.waitFor({}), call.waitFor({ to: 1 })]) {
      expect(await rejection(waiting)).to.equal(error);
    }
  });

  it('rejects everybody when it is cancelled', async () => {
    const { call } = setUp();
    const error = new Error('shut down');
    call.cancel(error);

    for (const waiting of [call.wait(), call.waitFor({}), call.waitFor({ to: 1 })]) {
      expect(await rejection(waiting)).to.equal(error);
    }
  });
});
