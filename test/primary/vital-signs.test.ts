import { expect } from 'chai';
import { describe, it } from 'mocha';
import { reportInterval, VitalSigns } from '../../lib/primary/vital-signs.js';
import { FakeClock } from '../support/fake-clock.js';

function setUp({ canReport = true } = {}) {
  const clock = new FakeClock(5_000);
  const asked: number[] = [];
  const vitals = new VitalSigns(clock, interval => asked.push(interval));
  if (canReport) vitals.canReport();
  return { clock, asked, vitals };
}

describe('VitalSigns', () => {
  it('asks for reports when somebody first wants to know, once', () => {
    const { vitals, asked } = setUp();
    expect(asked).to.deep.equal([]);

    expect([vitals.load, vitals.load]).to.deep.equal([undefined, undefined]);

    expect(asked).to.deep.equal([reportInterval]);
  });

  it('does not ask a worker that has not said hello, but later', () => {
    const { vitals, asked, clock } = setUp({ canReport: false });
    expect(vitals.load).to.equal(undefined);
    clock.advance(10_000);
    expect(vitals.load).to.equal(undefined);
    expect(asked).to.deep.equal([]);

    vitals.canReport();

    expect(vitals.load).to.equal(undefined);
    expect(asked).to.have.lengthOf(1);
  });

  it('knows the latest report', () => {
    const { vitals } = setUp();
    vitals.take({ utilization: 0.25 });
    expect(vitals.load).to.equal(0.25);
    vitals.take({ utilization: 0 });

    expect(vitals.load).to.equal(0);
  });

  it('knows what else was reported, and nothing before', () => {
    const { vitals } = setUp();
    const all = () => [vitals.memory, vitals.heapUsed, vitals.delay, vitals.pending, vitals.handled];
    expect(all()).to.deep.equal(new Array(5).fill(undefined));

    vitals.take({ memory: 5, heapUsed: 4, delay: 3, pending: 2, handled: 1 });

    expect(all()).to.deep.equal([5, 4, 3, 2, 1]);
  });

  it('asks for more frequent reports only', () => {
    const { vitals, asked } = setUp();
    for (const interval of [2_000, 3_000, 2_000, 100]) vitals.expect(interval);
    void vitals.load;

    expect(asked).to.deep.equal([2_000, 100]);
  });

  it('wants reports more often when somebody looks at the load', () => {
    const { vitals, asked, clock } = setUp();
    vitals.expect(5_000);
    vitals.take({ utilization: 0.5 });
    clock.advance(4_000);
    expect(vitals.load).to.equal(0.5);
    expect(asked).to.deep.equal([5_000, reportInterval]);
    clock.advance(2 * reportInterval + 1);

    expect(vitals.load).to.equal(1);
  });

  it('knows nothing of a report that says nothing of the load', () => {
    const { vitals } = setUp();
    vitals.take();
    vitals.take({ memory: 5 });

    expect(vitals.load).to.equal(undefined);
  });

  it('is 1 when a report was missed, and as reported when one comes again', () => {
    const { vitals, clock } = setUp();
    void vitals.load;
    vitals.take({ utilization: 0.25 });
    clock.advance(2 * reportInterval);
    expect(vitals.load).to.equal(0.25);
    clock.advance(1);
    expect(vitals.load).to.equal(1);

    vitals.take({ utilization: 0.5 });

    expect(vitals.load).to.equal(0.5);
  });

  it('is 1 when the first report was missed', () => {
    const { vitals, clock } = setUp();
    void vitals.load;
    clock.advance(2 * reportInterval + 1);

    expect(vitals.load).to.equal(1);
  });

  it('takes no offence at silence before it asked', () => {
    const { vitals, clock } = setUp();
    clock.advance(60_000);

    expect(vitals.load).to.equal(undefined);
  });
});
