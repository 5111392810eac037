import { host } from './host.js';

/** What happens to a worker's process, told to whom it concerns. */
export interface ProcessHooks {
  /** SIGTERM came. */
  terminate(): void;
  /** The channel closed; `expected` if the primary had asked this worker to leave. */
  disconnected(expected: boolean): void;
  /** Something was thrown that nobody caught; the process is about to end. */
  crashed(error: unknown): void;
}

/**
 * Listens to what the operating system and Node have to say to a worker.
 *
 * Ctrl-C reaches the whole process group: SIGINT and SIGHUP are ignored, since the primary decides when a worker stops.
 */
export function installProcessHooks({ terminate, disconnected, crashed }: ProcessHooks): void {
  const ignore = () => {};
  process.on('SIGINT', ignore);
  process.on('SIGHUP', ignore);
  process.on('SIGTERM', terminate);
  process.on('uncaughtExceptionMonitor', crashed);
  host.onDisconnect(disconnected);
}
