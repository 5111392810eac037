import type { Owner } from './owner.js';
import { count, type Report } from './report.js';

/** Whether the operating system knows a process with that id. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Shuts the cluster down; of all processes there ever were, none may be left. */
export async function close(owner: Owner, pids: ReadonlySet<number>): Promise<Report> {
  const begun = performance.now();
  await owner.shutDown();
  const duration = performance.now() - begun;
  return {
    rows: [['shut down', `the last of ${pids.size} processes gone after ${count(duration)} ms`]],
    checks: [{ claim: 'no process is left', holds: ![...pids].some(isAlive) }],
  };
}
