import { readFileSync } from 'node:fs';
import { until } from './with-deadline.js';

/** Whether the operating system says that the process is gone; one that nobody has reaped yet is. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  return /^\d+ \(.*\) [ZX]/s.test(read(`/proc/${pid}/stat`));
}

/** Resolves when all these processes are gone. */
export function gone(pids: number | readonly number[], ms = 5_000): Promise<void> {
  const all = [pids].flat();
  return until(() => all.every(isGone), ms, `end of process ${all.join(', ')}`);
}

/** The processes that this one has forked and that live. */
export function children(): number[] {
  const list = read(`/proc/self/task/${process.pid}/children`).trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
