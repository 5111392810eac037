import { releaseTimeout } from './departure.js';
import type { WatchdogData } from './watchdog-thread.js';

/** The variable by which a primary tells a worker the descriptor for its watchdog. */
const variable = 'CLUSTER_WATCHDOG_FD';

/** The first descriptor that is nobody's. */
const firstOwn = 3;

/** So long, in milliseconds, the main thread may always take to react; and to be gone after everything should be over. */
const graceTimeout = 1_000;

/** A thread needs little memory; without a limit its young generation alone would take more than all of this. */
const resourceLimits = Object.freeze({ maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 });

/** How a {@link Watchdog} is made. */
export interface WatchdogOptions {
  /** How long open handlers have to finish when the primary is gone, in milliseconds. */
  readonly drainTimeout: number;
  /** @default that of this process */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** What the thread runs. @default the watchdog's own */
  readonly script?: URL | string | undefined;
}

/** A thread beside the main one, which still listens to the primary when that is blocked, and outlives it in nothing. */
export class Watchdog {
  readonly #data: WatchdogData;
  readonly #script: URL | string;
  #started = false;

  /** Takes what the primary has left for it out of the environment, where child processes would find it. */
  constructor({ drainTimeout, env = process.env, script = threadScript() }: WatchdogOptions) {
    const leaveTimeout = drainTimeout + releaseTimeout + graceTimeout;
    // One that is only busy must be able to say so, or it could not even release what it holds.
    const blockedTimeout = Math.max(drainTimeout, graceTimeout);
    this.#data = { fd: Number(env[variable] ?? Number.NaN), blockedTimeout, leaveTimeout };
    this.#script = script;
    delete env[variable];
  }

  /**
   * Starts the thread, once, unless the primary wants none. It is no reason for the process to stay alive, and if it cannot
   * be started the worker does without.
   */
  start(): void {
    const workerData = this.#data;
    if (this.#started || !Number.isInteger(workerData.fd) || workerData.fd < firstOwn) return;

    this.#started = true;
    try {
      // Loaders are of no use to the thread, whether they come from arguments or from NODE_OPTIONS.
      const { NODE_OPTIONS: _, ...env } = process.env;
      const thread = new (process.getBuiltinModule('node:worker_threads').Worker)(this.#script, {
        workerData,
        resourceLimits,
        execArgv: [],
        env,
      });
      thread.on('message', () => thread.postMessage('here'));
      thread.on('error', warn);
      thread.unref();
    } catch (error) {
      warn(error);
    }
  }
}

function threadScript(): URL | string {
  // Where a bundler has made something else of this module there is no URL, and no file beside it either.
  return URL.canParse('./watchdog-thread.js', import.meta.url) ? new URL('./watchdog-thread.js', import.meta.url) : '';
}

function warn(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  process.emitWarning(`The watchdog of this worker could not be started, or has failed: ${reason}`, {
    type: 'ClusterWarning',
    code: 'CLUSTER_WATCHDOG',
  });
}
