/**
 * The script of a worker's watchdog: a thread that waits, at the other end of whose descriptor the primary is.
 *
 * It tells the primary, when asked, where the main thread stands; and when the primary is gone it sees to it that this
 * process goes too. Nothing here ticks: a watchdog costs no time.
 */
import { Socket } from 'node:net';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { mainThreadStack } from './watchdog-stack.js';

/** What the main thread tells its watchdog at the start. */
export interface WatchdogData {
  /** The descriptor at whose other end the primary is. */
  readonly fd: number;
  /** How long the process may live when the primary is gone and the main thread does not react, in milliseconds. */
  readonly blockedTimeout: number;
  /** The same when the main thread has reacted, which then ends the process by itself. */
  readonly leaveTimeout: number;
}

/** Longer delays overflow a timer. */
const longestDelay = 2 ** 31 - 1;

if (!isMainThread && parentPort) watch(new Socket({ fd: (workerData as WatchdogData).fd }), workerData);

function watch(primary: Socket, { blockedTimeout, leaveTimeout }: WatchdogData): void {
  let busy = false;
  primary.on('data', async (questions: Buffer) => {
    if (busy) return;

    busy = true;
    const stack = await mainThreadStack();
    busy = false;
    primary.write(`${JSON.stringify([questions.at(-1), ...(stack ?? [])])}\n`);
  });
  primary.on('error', () => {});
  primary.on('close', () => {
    const blocked = killAfter(blockedTimeout);
    parentPort?.once('message', () => {
      clearTimeout(blocked);
      killAfter(leaveTimeout);
    });
    parentPort?.postMessage('alone');
  });
}

/** Only a signal ends a process whose main thread is blocked. */
function killAfter(delay: number): NodeJS.Timeout | undefined {
  if (delay === Number.POSITIVE_INFINITY) return undefined;

  return setTimeout(() => process.kill(process.pid, 'SIGKILL'), Math.min(delay, longestDelay));
}
