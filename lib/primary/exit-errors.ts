import { WorkerBootError, WorkerExitedError } from '../errors/errors.js';
import { fromWireError } from '../errors/wire-error.js';
import type { ExitCause, ExitRecord } from '../supervision/exit-record.js';

/** How the operating system says that a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Which worker it is about. */
export interface Who {
  readonly workerId: number;
  readonly name: string;
}

/** Causes that only workers have that were ready. */
const afterReady: ReadonlySet<ExitCause> = new Set(['clean', 'crash', 'oom', 'signal']);

/** What a request to a worker rejects with once that is gone; `end` is `undefined` as long as only its channel is. */
export function exitedError({ workerId, name }: Who, end: ProcessEnd | undefined): WorkerExitedError {
  const facts = { workerId, name, ...(end && { exitCode: end.code, signal: end.signal }) };
  const how = end ? `exited with ${end.signal ?? `code ${end.code}`}` : 'has closed its channel';
  return new WorkerExitedError(`Worker \`${name}\` (${workerId}) ${how}`, facts);
}

/** Why a worker was never ready, or not for long enough, with what it said itself as the cause. */
export function bootError(name: string, exit: ExitRecord): WorkerBootError {
  const { workerId, code, signal, error } = exit;
  const why = error && fromWireError(error);
  const message = `Worker \`${name}\` ${howItFailed(exit)}${why ? `: ${why.message}` : ''}`;
  return new WorkerBootError(message, { workerId, name, exitCode: code, signal }, { cause: why });
}

function howItFailed({ code, signal, cause, expected }: ExitRecord): string {
  if (expected) return `was stopped: ${cause}`;
  if (cause === 'bootTimeout') return 'was not ready in time';
  if (code === null && signal === null) return 'could not be started';

  const when = afterReady.has(cause) ? 'soon after' : 'before';
  return `exited with ${signal ?? `code ${code}`} ${when} it was ready`;
}
