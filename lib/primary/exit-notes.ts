import { type ExitRecord, type ExitReport, exitRecord, type StopCause } from '../supervision/exit-record.js';
import type { ProcessEnd } from './exit-errors.js';

/** What is found out only at the end. */
export type LastFacts = ProcessEnd & Pick<ExitReport, 'uptime' | 'rung' | 'stderr' | 'memory'>;

/** What is noted of a process in the course of its life, for the record of its exit. */
export class ExitNotes {
  /** Why somebody asked it to stop, if somebody did. */
  cause: StopCause | undefined = undefined;
  wasReady = false;
  bootTimedOut = false;
  /** What went wrong, in its own words. */
  error: ExitReport['error'] = undefined;
  #hung: { readonly stack: ExitReport['stack'] } | undefined;

  /** It was found hanging, and is killed because of that. */
  hung(stack: ExitReport['stack']): void {
    this.#hung = { stack };
  }

  record({ rung, memory, stderr, ...end }: LastFacts): ExitRecord {
    const { cause, wasReady, bootTimedOut, error } = this;
    const intent = cause ?? (this.#hung && 'hung');
    return exitRecord({
      ...end,
      ...{ intent, wasReady, bootTimedOut, error },
      rung: intent || bootTimedOut ? rung : undefined,
      ...(memory !== undefined && { memory }),
      ...(stderr && { stderr }),
      ...(this.#hung?.stack && { stack: this.#hung.stack }),
    });
  }
}
