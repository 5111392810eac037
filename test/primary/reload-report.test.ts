import { expect } from 'chai';
import { describe, it } from 'mocha';
import { GroupFailedError, ReloadError } from '../../lib/errors/errors.js';
import { bootError } from '../../lib/primary/exit-errors.js';
import { reloadError, reportOf } from '../../lib/primary/reload-report.js';
import { exitOf } from '../support/exit-records.js';

const report = { replaced: ['api-0', 'api-1'], notReplaced: ['api-3'], rolledBack: [] };
const boot = bootError({ workerId: 4, name: 'api-2' }, exitOf({ wasReady: false }));

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
    const error = reloadError(boot, report);

    expect(error)
      .to.be.instanceOf(ReloadError)
      .and.deep.include({ code: 'CLUSTER_RELOAD', cause: boot, details: { ...report, failed: 'api-2' } })
      .with.property(
        'message',
        'Worker `api-2` exited with code 1 before it was ready; replaced: `api-0`, `api-1`; not replaced: `api-3`; ' +
          'rolled back: none',
      );
  });

  it('names nobody who failed when it was the group, or when there was no error', () => {
    const group = new GroupFailedError('too many', { group: 'api', failures: 6 });

    expect(reloadError(group, report)).to.have.nested.property('details.failed', undefined);
    expect(reloadError('no reason', undefined)).to.deep.include({
      message: 'no reason; replaced: none; not replaced: none; rolled back: none',
      details: { replaced: [], notReplaced: [], rolledBack: [], failed: undefined },
    });
  });

  it("is the signal's reason, as it is, when that ended the reload", () => {
    const reason = { why: 'enough' };

    expect(reloadError(reason, report, AbortSignal.abort(reason))).to.equal(reason);
  });

  it('is what failed when that came before the signal', () => {
    expect(reloadError(boot, report, AbortSignal.abort())).to.be.instanceOf(ReloadError);
    expect(reloadError(boot, report, new AbortController().signal)).to.be.instanceOf(ReloadError);
  });
});
