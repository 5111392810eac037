import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Round, Sweep } from '../../lib/primary/sweep.js';
import { FakeClock } from '../support/fake-clock.js';

function setUp() {
  const clock = new FakeClock(500);
  const sweep = new Sweep(clock);
  const looks: [name: string, at: number, late: number][] = [];
  const round = (name: string, pace: number): Round => ({
    pace,
    look: late => void looks.push([name, clock.now(), late]),
  });
  return { clock, sweep, looks, round };
}

describe('Sweep', () => {
  it('looks again and again', () => {
    const { clock, sweep, looks, round } = setUp();
    sweep.add(round('one', 100));
    clock.advance(250);

    expect(looks).to.deep.equal([
      ['one', 600, 0],
      ['one', 700, 0],
    ]);
  });

  it('needs one timer, however much there is to look at', () => {
    const { clock, sweep, looks, round } = setUp();
    for (let number = 0; number < 100; number++) sweep.add(round(`${number}`, 100));
    expect(clock.pending).to.equal(1);
    clock.advance(100);

    expect(looks).to.have.lengthOf(100);
    expect(clock.pending).to.equal(1);
  });

  it('looks as often as the most impatient wants, whenever that one came', () => {
    const { clock, sweep, looks, round } = setUp();
    sweep.add(round('slow', 1_000));
    clock.advance(200);
    sweep.add(round('fast', 100));
    clock.advance(200);

    expect(looks.map(([name, at]) => [name, at])).to.deep.equal([
      ['slow', 800],
      ['fast', 800],
      ['slow', 900],
      ['fast', 900],
    ]);
  });

  it('becomes slower when the most impatient has gone', () => {
    const { clock, sweep, looks, round } = setUp();
    const fast = round('fast', 100);
    sweep.add(round('slow', 1_000));
    sweep.add(fast);
    sweep.remove(fast);
    clock.advance(1_100);

    expect(looks.map(([name, at]) => [name, at])).to.deep.equal([
      ['slow', 600],
      ['slow', 1_600],
    ]);
  });

  it('has no timer when there is nothing to look at', () => {
    const { clock, sweep, looks, round } = setUp();
    const one = round('one', 100);
    sweep.add(one);
    sweep.remove(one);
    expect(clock.pending).to.equal(0);

    sweep.add(one);
    clock.advance(100);

    expect(looks).to.have.lengthOf(1);
  });

  it('lets what it looks at take itself away', () => {
    const { clock, sweep } = setUp();
    let looks = 0;
    const once: Round = {
      pace: 100,
      look: () => {
        looks++;
        sweep.remove(once);
      },
    };
    sweep.add(once);
    clock.advance(1_000);

    expect(looks).to.equal(1);
    expect(clock.pending).to.equal(0);
  });

  it('says by how much it is late', () => {
    let now = 0;
    let act = () => {};
    const seen: number[] = [];
    const after = (_delay: number, callback: () => void) => {
      act = callback;
      return { cancel: () => {} };
    };
    const sweep = new Sweep(Object.assign(new FakeClock(), { now: () => now, after }));
    sweep.add({ pace: 100, look: late => void seen.push(late) });

    now = 130;
    act();
    now = 230;
    act();

    expect(seen).to.deep.equal([30, 0]);
  });
});
