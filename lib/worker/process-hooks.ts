import { host } from './host.js';

/** What happens to a worker's process, told to whom it concerns. */
export interface ProcessHooks {
  /** SIGTERM came, or without a primary any signal that ends a program. */
  terminate(): void;
  /** The channel closed; `expected` if the primary had asked this worker to leave. */
  disconnected(expected: boolean): void;
  /** Something was thrown that nobody caught; the process ends because of it, now. */
  crashed(error: unknown): void;
}

/**
 * Listens to what the operating system and Node have to say to a worker.
 *
 * Ctrl-C reaches the whole process group: SIGINT and SIGHUP are ignored as long as there is a primary, since that decides
 * when a worker stops.
 */
export function installProcessHooks({ terminate, disconnected, crashed }: ProcessHooks): void {
  let isConnected = true;
  const interrupt = () => {
    if (!isConnected) terminate();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGHUP', interrupt);
  process.on('SIGTERM', terminate);
  listenToCrashes(crashed);
  host.onDisconnect(expected => {
    isConnected = false;
    disconnected(expected);
  });
}

/** The monitor hears also of what an `uncaughtException` listener catches, and the process lives on: the exit decides. */
function listenToCrashes(crashed: ProcessHooks['crashed']): void {
  let thrown: { readonly error: unknown } | undefined;
  process.on('uncaughtExceptionMonitor', error => {
    thrown = { error };
    queueMicrotask(() => {
      thrown = undefined;
    });
  });
  // First of all listeners: another one sends what is queued.
  process.prependListener('exit', () => {
    if (thrown) crashed(thrown.error);
  });
}
