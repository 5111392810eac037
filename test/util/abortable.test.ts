import { expect } from 'chai';
import { describe, it } from 'mocha';
import { waitOrAbort } from '../../lib/util/abortable.js';
import { Deferred } from '../../lib/util/deferred.js';

/** A signal that counts who listens. */
function countedSignal(): { abort(reason: unknown): void; signal: AbortSignal; listeners(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return { abort: reason => controller.abort(reason), signal, listeners: () => listeners.size };
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((reason: unknown) => ({ reason }));
}

describe('waitOrAbort', () => {
  it('returns the very promise when there is no signal', () => {
    const promise = Promise.resolve(1);

    expect(waitOrAbort(promise)).to.equal(promise);
  });

  it('settles like the promise', async () => {
    const { signal } = new AbortController();

    expect(await waitOrAbort(Promise.resolve(1), signal)).to.equal(1);
    expect(await outcome(waitOrAbort(Promise.reject('no'), signal))).to.deep.equal({ reason: 'no' });
  });

  it('rejects with the reason when the signal comes first', async () => {
    const { abort, signal } = countedSignal();
    const waiting = waitOrAbort(new Promise(() => {}), signal);

    abort('enough');

    expect(await outcome(waiting)).to.deep.equal({ reason: 'enough' });
  });

  it('rejects at once when the signal is aborted already, and handles the late rejection', async () => {
    const late = new Deferred<never>();

    const waiting = waitOrAbort(late.promise, AbortSignal.abort('enough'));
    late.reject(new Error('nobody hears this'));

    expect(await outcome(waiting)).to.deep.equal({ reason: 'enough' });
  });

  it('leaves no listener on the signal, settled or aborted', async () => {
    const { abort, signal, listeners } = countedSignal();
    const stuck = new Deferred<void>();

    await waitOrAbort(Promise.resolve(), signal);
    await outcome(waitOrAbort(Promise.reject('no'), signal));
    const waiting = waitOrAbort(stuck.promise, signal);
    expect(listeners()).to.equal(1);
    abort('enough');
    stuck.resolve();
    await outcome(waiting);

    expect(listeners()).to.equal(0);
  });
});
