import { expect } from 'chai';
import { describe, it } from 'mocha';
import { FakeClock } from './fake-clock.js';

describe('FakeClock', () => {
  it('stands still until it is advanced', () => {
    const clock = new FakeClock(100);

    clock.advance(25);

    expect([clock.now(), clock.date()]).to.deep.equal([125, 125]);
  });

  it('fires in the order of due times, ties in the order they were set', () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    clock.after(20, () => fired.push('late'));
    clock.after(10, () => fired.push('first'));
    clock.after(10, () => fired.push('second'));

    clock.advance(20);

    expect(fired).to.deep.equal(['first', 'second', 'late']);
  });

  it('fires each timer at its own time, those set by a timer included', () => {
    const clock = new FakeClock();
    const times: number[] = [];
    clock.after(10, () => clock.after(5, () => times.push(clock.now())));

    clock.advance(100);

    expect([times, clock.now()]).to.deep.equal([[15], 100]);
  });

  it('repeats an interval until it is cancelled', () => {
    const clock = new FakeClock();
    const times: number[] = [];
    const timer = clock.every(10, () => times.push(clock.now()));

    clock.advance(35);
    timer.cancel();
    clock.advance(100);

    expect(times).to.deep.equal([10, 20, 30]);
  });

  it('fires neither a cancelled timer nor one that is infinitely far away', () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    clock.after(Number.POSITIVE_INFINITY, () => fired.push('never')).cancel();
    clock.after(5, () => fired.push('cancelled')).cancel();

    clock.advance(1_000);

    expect([fired, clock.pending]).to.deep.equal([[], 0]);
  });
});
