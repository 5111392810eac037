import { expect } from 'chai';
import { describe, it } from 'mocha';
import { systemClock } from '../../lib/util/clock.js';
import { Utilization } from '../../lib/util/utilization.js';

/** Keeps the thread busy for so many milliseconds. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Leaves the loop with nothing to do for a while: a single timer, since looking again and again would be work. */
function pause(): Promise<void> {
  return new Promise(resolve => systemClock.after(60, resolve));
}

describe('Utilization', () => {
  it('is near 1 while the loop has no pause', async () => {
    await new Promise(setImmediate);
    const utilization = new Utilization();
    spin(50);

    expect(utilization.read()).to.be.within(0.95, 1);
  });

  it('is low while the loop waits', async () => {
    const utilization = new Utilization();
    await pause();

    expect(utilization.read()).to.be.within(0, 0.6);
  });

  it('counts from the last reading only', async () => {
    await new Promise(setImmediate);
    const utilization = new Utilization();
    spin(50);
    utilization.read();
    await pause();

    expect(utilization.read()).to.be.below(0.6);
  });

  it('is a number from 0 to 1, however often it is read', async () => {
    await new Promise(setImmediate);
    const utilization = new Utilization();

    for (let look = 0; look < 1_000; look++) expect(utilization.read()).to.be.within(0, 1);
  });
});
