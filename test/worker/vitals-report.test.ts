import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Vitals } from '../../lib/protocol/frame.js';
import { Deferred } from '../../lib/util/deferred.js';
import { VitalsReport } from '../../lib/worker/vitals-report.js';
import { settled } from '../support/conversation.js';
import { FakeClock } from '../support/fake-clock.js';

function setUp() {
  const clock = new FakeClock();
  const told: Vitals[] = [];
  let sent = Promise.resolve();
  const report = new VitalsReport({
    clock,
    source: { pending: () => 2, handled: () => told.length },
    tell: vitals => {
      told.push(vitals);
      return sent;
    },
  });
  /** Lets the time pass in which the operating system takes what was told, too. */
  const pass = async (duration: number, step = duration) => {
    for (let passed = 0; passed < duration; passed += step) {
      clock.advance(step);
      await settled();
    }
  };
  return {
    ...{ clock, told, report, pass },
    hold: (until: Promise<void>) => {
      sent = until;
    },
  };
}

describe('VitalsReport', () => {
  it('tells nothing, and has no timer, until it is asked to', () => {
    const { clock, told } = setUp();
    clock.advance(10_000);

    expect(told).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });

  it('tells at once what can be told at once', () => {
    const { told, report } = setUp();
    report.every(1_000);

    expect(told).to.have.lengthOf(1);
    expect(told[0]).to.have.all.keys('memory', 'heapUsed', 'pending', 'handled', 'debugged');
    expect(told[0]).to.include({ pending: 2, handled: 0, debugged: 0 });
    expect(told[0]?.memory).to.be.greaterThan(told[0]?.heapUsed ?? 0);
  });

  it('tells the utilization in every interval, to two digits', async () => {
    const { told, report, pass } = setUp();
    report.every(1_000);
    await pass(3_500, 500);

    expect(told.map(({ handled }) => handled)).to.deep.equal([0, 1, 2, 3]);
    for (const { utilization = -1 } of told.slice(1)) {
      expect(utilization).to.be.within(0, 1);
      expect(Math.round(utilization * 100) / 100).to.equal(utilization);
    }
  });

  it('tells by how much it is late', async () => {
    const { clock, told, report, pass } = setUp();
    const timers: (() => void)[] = [];
    Object.assign(clock, {
      every: (_: number, callback: () => void) => {
        timers.push(callback);
        return { cancel: () => {} };
      },
    });
    report.every(1_000);
    await settled();
    for (const passed of [1_000, 1_250, 990]) {
      clock.advance(passed);
      timers[0]?.();
      await pass(0);
      await settled();
    }

    expect(told.map(({ delay }) => delay)).to.deep.equal([undefined, 0, 250, 0]);
  });

  it('says nothing new while what it said is not on its way', async () => {
    const { told, report, pass, hold } = setUp();
    const sent = new Deferred<void>();
    report.every(1_000);
    await settled();
    hold(sent.promise);
    await pass(5_000, 1_000);
    expect(told).to.have.lengthOf(2);

    sent.resolve();
    await settled();
    await pass(1_000);

    expect(told).to.have.lengthOf(3);
  });

  it('goes on after a report that could not be sent', async () => {
    const { told, report, pass, hold } = setUp();
    hold(Promise.reject(new Error('closed')));
    report.every(1_000);
    await settled();
    await pass(1_000);

    expect(told).to.have.lengthOf(2);
  });

  it('says whether a debugger can attach', async () => {
    const { told, report, pass } = setUp();
    const original = process.getBuiltinModule;
    try {
      Object.assign(process, { getBuiltinModule: () => ({ url: () => 'ws://127.0.0.1:9229/x' }) });
      report.every(1_000);
      await settled();
      Object.assign(process, { getBuiltinModule: () => undefined });
      await pass(1_000);
    } finally {
      Object.assign(process, { getBuiltinModule: original });
    }

    expect(told.map(({ debugged }) => debugged)).to.deep.equal([1, 0]);
  });

  it('changes its interval when it is asked again', async () => {
    const { clock, told, report, pass } = setUp();
    report.every(100);
    await settled();
    report.every(1_000);
    await settled();
    await pass(1_000);

    expect(told).to.have.lengthOf(3);
    expect(clock.pending).to.equal(1);
  });

  it('stops', async () => {
    const { clock, told, report, pass } = setUp();
    report.every(100);
    report.stop();
    report.stop();
    await pass(1_000);

    expect(told).to.have.lengthOf(1);
    expect(clock.pending).to.equal(0);
  });
});
