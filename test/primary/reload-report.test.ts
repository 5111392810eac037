import { expect } from 'chai';
import { describe, it } from 'mocha';
import { GroupFailedError, PreventedError, ReloadError, ShutDownError } from '../../lib/errors/errors.js';
import { bootError } from '../../lib/primary/exit-errors.js';
import { reloadError, reportOf } from '../../lib/primary/reload-report.js';
import { exitOf } from '../support/exit-records.js';

const report = { replaced: ['api-0', 'api-1'], notReplaced: ['api-3'], rolledBack: [] };
const boot = bootError('api-2', exitOf({ wasReady: false }));

describe('reportOf', () => {
  it('is the report, frozen', () => {
    expect(reportOf(report)).to.deep.equal(report).and.to.be.frozen;
  });

  it('names nobody when nothing was done', () => {
    expect(reportOf(undefined)).to.deep.equal({ replaced: [], notReplaced: [], rolledBack: [] });
  });
});

describe('reloadError', () => {
  it('says why, and what was and was not replaced', () => {
    const error = reloadError({ why: 'exit', reason: boot }, report);

    expect(error)
      .to.be.instanceOf(ReloadError)
      .and.deep.include({ code: 'CLUSTER_RELOAD', cause: boot, details: { ...report, failed: 'api-2' } })
      .with.property(
        'message',
        'Worker `api-2` exited with code 1 before it was ready; replaced: `api-0`, `api-1`; not replaced: `api-3`; ' +
          'rolled back: none',
      );
  });

  it('names nobody who failed when it was the group', () => {
    const reason = new GroupFailedError('too many', { group: 'api', failures: 6 });

    expect(reloadError({ why: 'groupFailed', reason }, undefined)).to.deep.include({
      message: 'too many; replaced: none; not replaced: none; rolled back: none',
      details: { replaced: [], notReplaced: [], rolledBack: [], failed: undefined },
    });
  });

  for (const [why, reason] of [
    ['shutDown', new ShutDownError('The cluster is shutting down', { operation: 'reload' })],
    ['vetoed', new PreventedError('A subscriber prevented a fork', { event: 'fork' })],
    ['aborted', boot],
    ['aborted', 'enough'],
  ] as const) {
    it(`is the very reason when no worker failed: ${why}, ${reason}`, () => {
      expect(reloadError({ why, reason }, report)).to.equal(reason);
    });
  }
});
