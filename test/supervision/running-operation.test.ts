import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Failure, Outcome } from '../../lib/supervision/operation.js';
import { defaultRestart as restart } from '../../lib/supervision/restart-policy.js';
import { RunningOperation } from '../../lib/supervision/running-operation.js';
import { createSlot } from '../../lib/supervision/slot.js';
import { exitOf } from '../support/exit-records.js';

/** Is over only when it failed. */
class Idle extends RunningOperation {
  override begin(): void {}

  override advance(): Outcome | undefined {
    return this.failure && { failure: this.failure };
  }

  fail(failure: Failure): void {
    this._fail(failure);
  }
}

describe('RunningOperation', () => {
  it('keeps its first failure', () => {
    const operation = new Idle();

    operation.fail({ why: 'groupFailed', group: 'api' });
    operation.abort();

    expect(operation.advance()).to.deep.equal({ failure: { why: 'groupFailed', group: 'api' } });
  });

  it('minds no news unless it overrides what they call, and has no report', () => {
    const operation = new Idle();
    const slot = createSlot({ group: 'api', index: 0, name: 'api-0', role: 'worker', restart, ownSettings: false });

    operation.departed({ slot, generation: 1, exit: exitOf(), edition: 0, role: 'worker' });
    operation.vetoed(slot);
    operation.elapsed(1);

    expect([operation.advance(), operation.report()]).to.deep.equal([undefined, undefined]);
  });
});
