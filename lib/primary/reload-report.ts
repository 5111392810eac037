import { ReloadError, WorkerBootError } from '../errors/errors.js';
import type { RollingReport } from '../supervision/operation.js';
import type { FailedOperation } from './operations.js';

/** What a reload did; each worker's name stands in exactly one list. */
export interface ReloadReport {
  /** Run with the new settings. */
  readonly replaced: readonly string[];
  /** Were not touched. */
  readonly notReplaced: readonly string[];
  /** Were replaced, and brought back to the old settings. */
  readonly rolledBack: readonly string[];
}

const nothing: ReloadReport = Object.freeze({ replaced: [], notReplaced: [], rolledBack: [] });

/** The report as users get it. */
export function reportOf(report: RollingReport = nothing): ReloadReport {
  return Object.freeze({ ...nothing, ...report });
}

/** What a reload rejects with: a {@link ReloadError} when workers failed, else the very reason why it was ended. */
export function reloadError({ why: kind, reason }: FailedOperation, report: RollingReport | undefined): unknown {
  if (kind !== 'exit' && kind !== 'groupFailed') return reason;

  const { replaced, notReplaced, rolledBack } = reportOf(report);
  const count = (names: readonly string[]) =>
    names.length === 0 ? 'none' : names.map(name => `\`${name}\``).join(', ');
  const why = reason instanceof Error ? reason.message : String(reason);
  const message = `${why}; replaced: ${count(replaced)}; not replaced: ${count(notReplaced)}; rolled back: ${count(rolledBack)}`;
  const failed = reason instanceof WorkerBootError ? reason.details.name : undefined;
  return new ReloadError(message, { replaced, notReplaced, rolledBack, failed }, { cause: reason });
}
