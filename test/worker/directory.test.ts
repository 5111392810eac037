import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BackpressureError, NoWorkerError, RequestTimeoutError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import type { Seek } from '../../lib/protocol/frame.js';
import { Directory, type Errand } from '../../lib/worker/directory.js';
import { settled } from '../support/conversation.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';

function setUp(most?: number) {
  const clock = new FakeClock();
  const seeks: { readonly id: number; readonly seek: Seek }[] = [];
  const done: unknown[] = [];
  const directory = new Directory({ clock, most, seek: (id, seek) => void seeks.push({ id, seek }) });
  /** Runs an errand that writes down whom it was for. */
  const errand = (to: unknown, more: Partial<Errand> = {}) => {
    const run = directory.find({ to, message: { type: 'note' }, ...more }, ids => {
      done.push([to, ids]);
      return ids;
    });
    run.catch(() => {});
    return run;
  };
  return { clock, seeks, done, directory, errand };
}

describe('Directory', () => {
  it('knows an id by itself, and a name from when it was found until it is forgotten', async () => {
    const { directory, errand, seeks } = setUp();
    expect([directory.known(3), directory.known('cook'), directory.known('all')]).to.deep.equal([
      3,
      undefined,
      undefined,
    ]);

    const found = errand('cook');
    directory.found(1, [7]);
    await found;
    expect([directory.known('cook'), directory.known('chef')]).to.deep.equal([7, undefined]);

    directory.forget(8);
    expect(directory.known('cook')).to.equal(7);
    directory.forget(7);
    expect(directory.known('cook')).to.equal(undefined);
    expect(seeks).to.deep.equal([{ id: 1, seek: { to: 'cook', tag: 'note' } }]);
  });

  it('remembers no selection', async () => {
    const { directory, errand } = setUp();
    const found = errand({ group: 'kitchen' });
    directory.found(1, [7]);
    await found;

    expect(directory.known({ group: 'kitchen' })).to.equal(undefined);
  });

  it('tells the primary what it needs to know, in a form that JSON carries', () => {
    const { errand, seeks } = setUp();
    void errand({ select: 'hash', key: 'x' }, { timeout: 500, not: [3] });
    void errand('cook', { timeout: Number.POSITIVE_INFINITY });
    void errand('others', { message: { type: 'no word!' } });
    void errand('others', { message: 'without a type' });

    expect(seeks.map(({ seek }) => seek)).to.deep.equal([
      { to: { select: 'hash', key: 'x' }, tag: 'note', one: true, timeout: 500, not: [3] },
      { to: 'cook', tag: 'note', one: true },
      { to: 'others', tag: '' },
      { to: 'others', tag: '' },
    ]);
  });

  it('runs errands in the order of the calls, whichever is answered first', async () => {
    const { directory, errand, done } = setUp();
    const all = ['first', 5, 'second', 'others', 6].map(to => errand(to));
    expect(directory.known(5)).to.equal(undefined);

    directory.found(3, [2]);
    directory.found(4, [1, 3]);
    expect(done).to.deep.equal([]);
    directory.found(1, [1]);
    await Promise.all(all);

    expect(done).to.deep.equal([
      ['first', [1]],
      [5, [5]],
      ['second', [2]],
      ['others', [1, 3]],
      [6, [6]],
    ]);
    expect([directory.known(5), directory.size]).to.deep.equal([5, 0]);
  });

  it('runs one whose receiver is still to come when it is there, and lets others pass', async () => {
    const { directory, errand, done } = setUp();
    const [late, next] = [errand('late'), errand(5)];
    directory.found(1, 'later');
    await next;
    expect([directory.known(6), directory.size]).to.deep.equal([6, 1]);

    directory.found(1, [9]);

    expect(await late).to.deep.equal([9]);
    expect(done).to.deep.equal([
      [5, [5]],
      ['late', [9]],
    ]);
    // Others may wait for the same name, and come before whatever is sent to it now.
    expect(directory.known('late')).to.equal(undefined);
  });

  it('rejects with what the primary says, as the error that it was, and goes on', async () => {
    const { directory, errand } = setUp();
    const [nobody, next] = [errand({ group: 'kitchen' }), errand(5)];
    directory.found(1, { error: toWireError(new NoWorkerError('nobody', { to: 'kitchen' })) });

    expect(await rejection(nobody)).to.be.instanceOf(NoWorkerError);
    expect(await next).to.deep.equal([5]);
  });

  it('rejects with what the errand throws', async () => {
    const { directory } = setUp();
    const failed = directory.find({ to: 5, message: 1 }, () => {
      throw new Error('out of paper');
    });

    expect(await rejection(failed)).to.have.property('message', 'out of paper');
  });

  it('gives up when the time is over, and leaves no timer', async () => {
    const { directory, errand, clock, done } = setUp();
    const [slow, next] = [errand('slow', { timeout: 50 }), errand(5, { timeout: 80 })];
    clock.advance(50);

    expect(await rejection(slow)).to.be.instanceOf(RequestTimeoutError);
    expect(await next).to.deep.equal([5]);
    directory.found(1, [7]);
    expect(done).to.deep.equal([[5, [5]]]);
    expect([clock.pending, directory.size]).to.deep.equal([0, 0]);
  });

  it('gives up when its signal says so, while it waits in line and aside', async () => {
    const { directory, errand, done } = setUp();
    const controller = new AbortController();
    const { signal } = controller;
    const all = [errand('aside', { signal }), errand('in line', { signal }), errand('stays')];
    directory.found(1, 'later');
    controller.abort(new Error('never mind'));

    for (const given of all.slice(0, 2)) expect(await rejection(given)).to.have.property('message', 'never mind');
    expect(await rejection(errand(5, { signal }))).to.have.property('message', 'never mind');
    directory.found(1, [1]);
    directory.found(2, [1]);
    directory.found(3, [4]);
    expect(done).to.deep.equal([['stays', [4]]]);
  });

  it('takes no more than it may', async () => {
    const { errand } = setUp(2);
    void errand('a');
    void errand('b');

    expect(await rejection(errand('c')))
      .to.be.instanceOf(BackpressureError)
      .and.have.deep.property('details', { peer: 'the primary', limit: 'maxQueuedMessages' });
  });

  it('tells when it is known of everything in line whom it is for', async () => {
    const { directory, errand } = setUp();
    await directory.placed();
    const order: string[] = [];
    const [first, second] = [errand('first'), errand('second')];
    const waits = [1, 2].map(() => directory.placed().then(() => order.push('placed')));
    directory.found(2, [2]);
    await settled();
    expect(order).to.deep.equal([]);

    directory.found(1, 'later');
    await Promise.all([second, ...waits]);
    expect(order).to.deep.equal(['placed', 'placed']);

    const closed = [errand('third'), directory.placed()] as const;
    directory.close(new Error('closed'));
    await closed[1];
    for (const each of [first, closed[0]]) expect(await rejection(each)).to.have.property('message', 'closed');
  });

  it('tells everybody who waits when there is nobody to ask any more', async () => {
    const { directory, errand } = setUp();
    const [aside, inLine] = [errand('aside'), errand('in line')];
    directory.found(1, 'later');
    const reason = new Error('closed');
    directory.close(reason);
    directory.close(new Error('again'));

    for (const each of [aside, inLine, errand(5)]) expect(await rejection(each)).to.equal(reason);
    expect(directory.size).to.equal(0);
  });
});
