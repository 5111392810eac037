import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Deadline } from '../../lib/util/deadline.js';
import { FakeClock } from '../support/fake-clock.js';

function setUp() {
  const clock = new FakeClock(1_000);
  return { clock, deadline: new Deadline(clock) };
}

describe('Deadline', () => {
  it('is far away at first, without a timer', () => {
    const { clock, deadline } = setUp();

    expect(deadline.left).to.equal(Number.POSITIVE_INFINITY);
    expect([deadline.signal.aborted, deadline.isCut, clock.pending]).to.deep.equal([false, false, 0]);
  });

  it('comes when its time is over', () => {
    const { clock, deadline } = setUp();
    deadline.set(50);
    clock.advance(49);
    expect([deadline.left, deadline.signal.aborted]).to.deep.equal([1, false]);

    clock.advance(1);

    expect([deadline.left, deadline.signal.aborted, deadline.isCut]).to.deep.equal([0, true, false]);
  });

  it('can be brought nearer, and by the way that brings nearer not be moved away', () => {
    const { clock, deadline } = setUp();

    expect([deadline.within(50), deadline.within(60), deadline.within(50), deadline.within(30)]).to.deep.equal([
      ...[true, false, false, true],
    ]);
    expect([deadline.left, clock.pending]).to.deep.equal([30, 1]);
  });

  it('can be moved away by who sets it anew, even for ever', () => {
    const { clock, deadline } = setUp();
    deadline.set(50);
    deadline.set(80);
    clock.advance(79);
    deadline.set(Number.POSITIVE_INFINITY);
    clock.advance(1e9);

    expect([deadline.signal.aborted, deadline.left, clock.pending]).to.deep.equal([
      ...[false, Number.POSITIVE_INFINITY, 0],
    ]);
  });

  it('stays over', () => {
    const { clock, deadline } = setUp();
    deadline.set(10);
    clock.advance(10);
    deadline.set(50);
    deadline.cut();

    expect([deadline.left, deadline.isCut, clock.pending]).to.deep.equal([0, false, 0]);
  });

  it('can pass early', () => {
    const { clock, deadline } = setUp();
    deadline.set(50);
    deadline.pass();

    expect([deadline.left, deadline.signal.aborted, deadline.isCut, clock.pending]).to.deep.equal([0, true, false, 0]);
  });

  it('can be cut', () => {
    const { clock, deadline } = setUp();
    deadline.set(50);
    deadline.cut();

    expect([deadline.left, deadline.signal.aborted, deadline.isCut, clock.pending]).to.deep.equal([0, true, true, 0]);
  });
});
