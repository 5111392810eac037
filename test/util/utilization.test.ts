import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Utilization } from '../../lib/util/utilization.js';
import { until } from '../support/with-deadline.js';

/** Keeps the thread busy for so many milliseconds. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
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
    const started = performance.now();
    await until(() => performance.now() - started > 60, 2_000, 'end of a pause');

    expect(utilization.read()).to.be.within(0, 0.6);
  });

  it('counts from the last reading only', async () => {
    await new Promise(setImmediate);
    const utilization = new Utilization();
    spin(50);
    utilization.read();
    const started = performance.now();
    await until(() => performance.now() - started > 60, 2_000, 'end of a pause');

    expect(utilization.read()).to.be.below(0.6);
  });

  it('is a number from 0 to 1, however often it is read', async () => {
    await new Promise(setImmediate);
    const utilization = new Utilization();

    for (let look = 0; look < 1_000; look++) expect(utilization.read()).to.be.within(0, 1);
  });
});
