import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Vitals } from '../../lib/protocol/frame.js';
import { VitalsReport } from '../../lib/worker/vitals-report.js';
import { FakeClock } from '../support/fake-clock.js';

function setUp() {
  const clock = new FakeClock();
  const told: Vitals[] = [];
  const source = { pending: () => 2, handled: () => 9 };
  const tell = async (vitals: Vitals) => void told.push(vitals);
  return { clock, told, report: new VitalsReport({ clock, source, tell }) };
}

describe('VitalsReport', () => {
  it('tells nothing, and has no timer, until it is asked to', () => {
    const { clock, told } = setUp();
    clock.advance(10_000);

    expect(told).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });

  it('tells the utilization in every interval, to two digits', () => {
    const { clock, told, report } = setUp();
    report.every(1_000);
    clock.advance(3_500);

    expect(told).to.have.lengthOf(3);
    for (const { utilization = -1 } of told) {
      expect(utilization).to.be.within(0, 1);
      expect(Math.round(utilization * 100) / 100).to.equal(utilization);
    }
  });

  it('changes its interval when it is asked again', () => {
    const { clock, told, report } = setUp();
    report.every(100);
    report.every(1_000);
    clock.advance(1_000);

    expect(told).to.have.lengthOf(1);
    expect(clock.pending).to.equal(1);
  });

  it('stops', () => {
    const { clock, told, report } = setUp();
    report.every(100);
    report.stop();
    report.stop();
    clock.advance(1_000);

    expect(told).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });
});
