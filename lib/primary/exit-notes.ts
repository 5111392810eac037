import { type ExitRecord, type ExitReport, exitRecord, type StopCause } from '../supervision/exit-record.js';
import type { ProcessEnd } from './exit-errors.js';

/** What is found out only at the end. */
export type LastFacts = ProcessEnd & Pick<ExitReport, 'workerId' | 'pid' | 'uptime' | 'rung' | 'stderr' | 'memory'>;

/** What is noted of a process in the course of its life, for the record of its exit. */
export class ExitNotes {
  /** Why somebody asked it to stop, if somebody did. */
  cause: StopCause | undefined = undefined;
  /** The uptime with which it became ready, in milliseconds. */
  readyAt: number | undefined = undefined;
  /** Whether it is a spare one that has done its part, and waits: then it did not fail to start, however it ends. */
  standsBy = false;
  bootTimedOut = false;
  /** What went wrong, in its own words. */
  error: ExitReport['error'] = undefined;
  #hung: { readonly stack: ExitReport['stack'] } | undefined;

  get wasReady(): boolean {
    return this.readyAt !== undefined;
  }

  /** It was found hanging, and is killed because of that. */
  hung(stack: ExitReport['stack']): void {
    this.#hung = { stack };
  }

  record({ rung, memory, stderr, ...end }: LastFacts): ExitRecord {
    const { cause, bootTimedOut, error, readyAt } = this;
    const wasReady = this.wasReady || this.standsBy;
    const intent = cause ?? (this.#hung && 'hung');
    return exitRecord({
      ...end,
      ...{ intent, wasReady, bootTimedOut, error },
      rung: intent || bootTimedOut ? rung : undefined,
      ...(readyAt !== undefined && { readyFor: end.uptime - readyAt }),
      ...(memory !== undefined && { memory }),
      ...(stderr && { stderr }),
      ...(this.#hung?.stack && { stack: this.#hung.stack }),
    });
  }
}
