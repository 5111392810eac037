import { type ExitFacts, type ExitRecord, exitRecord } from '../../lib/supervision/exit-record.js';

/** The record of a worker that was ready and exited with code 1 after a moment, but for what `facts` say. */
export function exitOf(facts: Partial<ExitFacts> = {}): ExitRecord {
  return exitRecord({ code: 1, signal: null, uptime: 50, wasReady: true, ...facts });
}
