import { stat } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { afterInput, systemClock as clock, type Timer, type TimerOptions } from '../../lib/util/clock.js';
import { capturedWarnings } from '../support/warnings.js';

/** How many timers keep this process alive now. */
function aliveTimers(): number {
  return process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length;
}

describe('systemClock', () => {
  it('tells a time that does not go back, and a date near that of the system', () => {
    const before = clock.now();

    expect(clock.now()).to.be.at.least(before);
    expect(clock.date()).to.be.closeTo(Date.now(), 1_000);
  });

  it('calls once after the delay', async () => {
    const before = clock.now();

    await new Promise<void>(resolve => clock.after(5, resolve));

    // Node rounds to whole milliseconds.
    expect(clock.now() - before).to.be.at.least(4);
  });

  it('takes what was due before for due now, and Node has nothing to warn of', async () => {
    const warnings = await capturedWarnings(() => new Promise<void>(resolve => clock.after(-200, resolve)));

    expect(warnings).to.deep.equal([]);
  });

  it('calls again and again until it is cancelled', async () => {
    let calls = 0;
    await new Promise<void>(resolve => {
      const timer = clock.every(1, () => {
        if (++calls < 3) return;
        timer.cancel();
        resolve();
      });
    });

    await new Promise<void>(resolve => clock.after(5, resolve));

    expect(calls).to.equal(3);
  });

  it('does not call after it was cancelled', async () => {
    let called = false;
    const timer = clock.after(1, () => {
      called = true;
    });

    timer.cancel();
    await new Promise<void>(resolve => clock.after(5, resolve));

    expect(called).to.equal(false);
  });

  it('waits almost 25 days, not 1 ms, for more than Node can, and for ever for Infinity', async () => {
    const called: string[] = [];
    const timers = [
      clock.after(2 ** 40, () => called.push('after')),
      clock.every(2 ** 40, () => called.push('every')),
      clock.after(Number.POSITIVE_INFINITY, () => called.push('infinite')),
    ];

    await new Promise<void>(resolve => clock.after(5, resolve));
    for (const timer of timers) timer.cancel();

    expect(called).to.deep.equal([]);
  });

  for (const set of ['after', 'every'] as const) {
    const start = (options?: TimerOptions): Timer => clock[set](60_000, () => {}, options);

    it(`keeps the process alive, unless it is told not to, with \`${set}\``, () => {
      const before = aliveTimers();
      const timers = [start({ keepAlive: false }), start()];
      const during = aliveTimers();

      for (const timer of timers) timer.cancel();

      expect([during - before, aliveTimers() - before]).to.deep.equal([1, 0]);
    });
  }
});

describe('afterInput', () => {
  it('calls back when the operating system was listened to, however often it is called again from there', async () => {
    const wanted = new Promise(resolve => stat('.', resolve));
    let isHeard = false;
    void wanted.then(() => {
      isHeard = true;
    });

    for (let turn = 0; turn < 1_000_000 && !isHeard; turn++) await new Promise<void>(resolve => afterInput(resolve));

    expect(isHeard).to.equal(true);
  });
});
