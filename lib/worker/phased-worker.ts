import { checkOption } from '../errors/check-option.js';
import { ShutDownError } from '../errors/errors.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import {
  phasesOfWorker,
  type ShutDownHook,
  type ShutDownHookOptions,
  ShutDownPhases,
} from '../supervision/shutdown-phases.js';
import { processing, Status, type StatusChange } from '../supervision/status.js';
import { systemClock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import type { WorkerEvents } from './events.js';
import { link, work } from './messaging-worker.js';
import { statusRule } from './orders.js';
import { StoringWorker } from './storing-worker.js';

/** What there is to do before the worker stops. @internal */
export const phases = Symbol('phases');

/** The worker says hello: what it said of itself before is told now. @internal */
export const greeted = Symbol('greeted');

/** The worker takes work from now on. @internal */
export const becameReady = Symbol('becameReady');

/** Stopping begins. @internal */
export const beginStopping = Symbol('beginStopping');

/** Resolves when the worker has nothing to do. @internal */
export const idle = Symbol('idle');

/** The part of a worker that stops in phases, and not before it has done what it says it is doing. */
export abstract class PhasedWorker<
  P extends Protocol = AnyProtocol,
  E extends WorkerEvents = WorkerEvents,
> extends StoringWorker<P, E> {
  /** @internal */
  protected readonly [phases]: ShutDownPhases;
  readonly #stopping = new AbortController();
  readonly #status = new Status(() => this[work].size > 0);
  #statusSaid = new Deferred<void>();

  constructor(options: InitializableOptions) {
    super(options);
    this[phases] = new ShutDownPhases({
      ...{ host: this, clock: systemClock, phase: phasesOfWorker, defaultPhase: 'drain' },
      // What a hook waits for keeps the process alive, or else it waits in vain.
      timers: { keepAlive: false },
      failed: failure => void this._publish('shutDownError', failure),
    });
  }

  /**
   * What this worker says of itself. As long as you set nothing it is `INITIALIZING`, and once it is ready `PROCESSING`
   * while a request, a stream or a handler is open, else `IDLE`. A worker that has set it to `PROCESSING` stops only when it
   * sets something else, or at the deadline.
   */
  get status(): string {
    return this.#status.shown;
  }

  /** Tells the primary too. @throws {@link InvalidOptionError} unless it is a string of 1 to 128 characters */
  set status(to: string) {
    checkOption('status', to, statusRule);
    if (to === this.#status.said) return;

    const change = this.#status.say(to);
    this[link]?.tellStatus(to);
    this.#statusSaid.resolve();
    this.#statusSaid = new Deferred();
    this.#publishChange(change);
  }

  /** Aborted when stopping begins: for loops that look for more work. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * Does something when this worker stops: `unbind` is to let no more work in, `drain` to finish what has begun, while open
   * handlers do so too, and `release` to give back what is held, before `_destroy`.
   *
   * The hooks of a phase are called one after the other, the latest first. One that fails or takes too long stops no other:
   * it is told by `shutDownError`.
   *
   * @param hook a function, or the name of a method of this worker, looked up when it is called.
   * @param options `phase`: @default 'drain'. `timeout`: milliseconds; @default until the deadline of the phase
   * @throws {@link ShutDownHookError} `CLUSTER_SHUT_DOWN_HOOK` for a name that is taken or a phase that is over,
   * {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`
   *
   * @example
   * this.onShutDown('jobs', ({ signal }) => this.#finishJobs(signal), { timeout: 10_000 });
   */
  onShutDown(name: string, hook: ShutDownHook | string | symbol, options: ShutDownHookOptions = {}): void {
    this[phases].add(name, hook, options);
  }

  /**
   * Takes off what {@link onShutDown} registered.
   *
   * @throws {@link ShutDownHookError} with code `CLUSTER_SHUT_DOWN_HOOK`, for a name that there is not
   */
  removeShutDown(name: string): void {
    this[phases].remove(name);
  }

  /** @internal */
  protected [greeted](): void {
    if (this.#status.said !== undefined) this[link]?.tellStatus(this.#status.said);
  }

  /** The primary knows that by the worker being ready. @internal */
  protected [becameReady](): void {
    this.#publishChange(this.#status.becomeReady());
  }

  /** @internal */
  protected [beginStopping](reason: string): void {
    this._publish('shutDown', { reason });
    this.#stopping.abort(new ShutDownError(`This worker is stopping: ${reason}`, { operation: reason }));
  }

  /** @internal */
  protected async [idle](): Promise<void> {
    while (this[work].size > 0 || this.#status.said === processing) {
      await this[work].idle();
      if (this.#status.said === processing) await this.#statusSaid.promise;
    }
  }

  #publishChange(change: StatusChange | undefined): void {
    if (change) this._publish('statusChange', change);
  }
}
