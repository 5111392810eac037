import type { ExitRecord } from './exit-record.js';

/** How a process ended, in a word or two: `crash (1)`, `SIGKILL`, `recycled`. */
export function exitText({ cause, code, signal }: Pick<ExitRecord, 'cause' | 'code' | 'signal'>): string {
  if (cause === 'signal') return signal ?? cause;

  const end = signal ?? code;
  return (cause === 'crash' || cause === 'boot') && end !== null ? `${cause} (${end})` : cause;
}
