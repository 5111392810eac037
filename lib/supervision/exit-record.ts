import type { WireError } from '../errors/wire-error.js';

/**
 * Why a process was stopped, when it was us who stopped it.
 *
 * All but `hung` follow from what the program wants; `hung` is a failure of the worker and counts as one.
 */
export type StopCause = 'recycled' | 'scaled' | 'reloaded' | 'drained' | 'destroyed' | 'shutDown' | 'hung';

/**
 * Why a process ended: a {@link StopCause}, or else
 *
 * - `boot`: it ended before it was ready; `bootTimeout`: it was not ready in time and was stopped;
 * - `clean`: it exited with 0, unasked; `crash`: with another code;
 * - `oom`: its heap was full; `signal`: another signal ended it.
 */
export type ExitCause = StopCause | 'boot' | 'bootTimeout' | 'clean' | 'crash' | 'oom' | 'signal';

/** What it took to stop a process: it obeyed, or a signal was needed. */
export type StopRung = 'asked' | 'SIGTERM' | 'SIGKILL';

/** What is told of an end as it is. */
export interface ExitReport {
  /** The worker's id; `undefined` if there never was a process. */
  readonly workerId?: number | undefined;
  /** The process id that it had; `undefined` if it could not be spawned. */
  readonly pid?: number | undefined;
  /** Exit code, `null` after a signal. */
  readonly code: number | null;
  /** Signal that ended the process, `null` when it exited by itself. */
  readonly signal: string | null;
  /** Milliseconds from the fork to the exit. */
  readonly uptime: number;
  /** Milliseconds from when it was ready to the exit; `undefined` if it never was. */
  readonly readyFor?: number | undefined;
  /** What was thrown, if the worker could tell. */
  readonly error?: WireError | undefined;
  /** The rung of the stop ladder that was needed, if we stopped it. */
  readonly rung?: StopRung | undefined;
  /** The last lines of its standard error, when piped. */
  readonly stderr?: readonly string[] | undefined;
  /** Resident memory in bytes when it was last heard of. */
  readonly memory?: number | undefined;
  /** Where it hung, innermost frame first, if its watchdog could tell. */
  readonly stack?: readonly string[] | undefined;
}

/** All that is known when the operating system reports the exit. */
export interface ExitFacts extends ExitReport {
  /** Whether the worker was ever ready; standing by counts, as long as it does. */
  readonly wasReady: boolean;
  /** Why we stopped it, if we did. */
  readonly intent?: StopCause | undefined;
  /** Whether we stopped it because it was not ready in time. */
  readonly bootTimedOut?: boolean | undefined;
}

/** How a worker's process ended. */
export interface ExitRecord extends ExitReport {
  readonly cause: ExitCause;
  /** Whether the primary wanted this end; what it did not want is judged by the restart policy. */
  readonly expected: boolean;
}

/** The record of an exit. An intent of ours explains it whatever code or signal it needed in the end. */
export function exitRecord(facts: ExitFacts): ExitRecord {
  const { wasReady: _, intent, bootTimedOut: __, ...report } = facts;
  return Object.freeze({ cause: causeOf(facts), expected: intent !== undefined && intent !== 'hung', ...report });
}

function causeOf({ code, signal, intent, wasReady, bootTimedOut }: ExitFacts): ExitCause {
  if (intent !== undefined) return intent;
  if (bootTimedOut) return 'bootTimeout';
  if (!wasReady) return 'boot';
  // V8 aborts when its heap is full. `process.abort()` looks the same from here, and the kernel's killer like `kill -9`.
  if (signal === 'SIGABRT') return 'oom';
  if (signal !== null) return 'signal';
  return code === 0 ? 'clean' : 'crash';
}
