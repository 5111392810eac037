import cluster from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { afterEach, beforeEach } from 'mocha';
import { children } from './processes.js';
import { until } from './with-deadline.js';

const ofInterest = new Set([
  ...['ProcessWrap', 'PipeWrap', 'PipeServerWrap', 'TCPSocketWrap', 'TCPServerWrap', 'UDPWrap', 'Timeout'],
]);

/** In the suite that calls it, a test fails if it leaves a process, a handle, a timer, or a listener of the process behind. */
export function leavesNothingBehind(): void {
  let before = '';

  beforeEach(async () => {
    await mochasTimer();
    // What Node adds once and for all at the first use is no leak.
    cluster.setupPrimary();
    before = belongings();
  });

  afterEach(async () => {
    await mochasTimer();
    try {
      await until(() => belongings() === before, 3_000, 'end of everything');
    } catch {
      const after = belongings();
      for (const pid of children()) process.kill(pid, 'SIGKILL');
      throw new Error(`The test left something behind.\nbefore: ${before}\nafter:  ${after}`);
    }
  });
}

/** Mocha times every hook, from when its function has returned a promise: from here on that timer runs, in each of them. */
function mochasTimer(): Promise<void> {
  return Promise.resolve();
}

/** Everything of the kind that is often forgotten, as text that can be compared. */
export function belongings(): string {
  const resources = process.getActiveResourcesInfo().filter(name => ofInterest.has(name));
  return JSON.stringify({
    children: children(),
    resources: resources.sort(),
    workers: Object.keys(cluster.workers ?? {}),
    process: listeners(process),
    cluster: listeners(cluster),
  });
}

function listeners(emitter: EventEmitter): Record<string, number> {
  return Object.fromEntries(
    emitter
      .eventNames()
      .map(name => [String(name), emitter.listenerCount(name)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
