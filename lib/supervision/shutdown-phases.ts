import { checkKnown, checkOption } from '../errors/check-option.js';
import { InvalidListenerError, ShutDownHookError, ShutDownTimeoutError } from '../errors/errors.js';
import { waitOrAbort } from '../util/abortable.js';
import { callable, either, nonEmptyString, number, oneOf, optional, type Rule, record, symbol } from '../util/check.js';
import type { Clock, TimerOptions } from '../util/clock.js';
import type { Deadline } from '../util/deadline.js';
import { whenAborted } from '../util/when-aborted.js';

/**
 * The steps of a shutdown: what lets work in is closed (`unbind`), what has begun is finished (`drain`), what is held is
 * given back (`release`).
 */
export type ShutDownPhase = 'unbind' | 'drain' | 'release';

/** What a shutdown hook is called with. */
export interface ShutDownContext {
  /** Why there is a shutdown: `shutDown`, `destroyed`, a signal's name, … */
  readonly reason: string;
  /** Nobody waits for the hook any longer from then on: milliseconds since the epoch, `Infinity` for never. */
  readonly deadline: number;
  /** Aborted when nobody waits any longer: at the deadline, or earlier if somebody wants it to be over. */
  readonly signal: AbortSignal;
}

/** What is done in a phase; a promise that it returns is awaited. */
export type ShutDownHook = (context: ShutDownContext) => unknown;

/** When a shutdown hook is called, and how long it may take. */
export interface ShutDownHookOptions<Phase extends ShutDownPhase = ShutDownPhase> {
  readonly phase?: Phase | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** A hook that failed, or was not done in time. */
export interface ShutDownFailure {
  /** The name of the hook. */
  readonly name: string;
  readonly phase: ShutDownPhase;
  readonly error: unknown;
}

/** What {@link ShutDownPhases} are made with. */
export interface ShutDownPhasesParts {
  /** Whose methods are meant by their names. */
  readonly host: object;
  readonly clock: Clock;
  /** How the timers of hooks are set. */
  readonly timers?: TimerOptions;
  /** The phases that there are. */
  readonly phase: Rule;
  /** The phase of a hook that names none. */
  readonly defaultPhase: ShutDownPhase;
  /** Told of each failure. */
  readonly failed: (failure: ShutDownFailure) => void;
}

/** How a phase is run. */
export interface PhaseRun {
  readonly reason: string;
  /** The end of the phase. */
  readonly deadline: Deadline;
  /** Milliseconds for each hook that names no timeout. @default what is left until the deadline */
  readonly timeout?: number;
  /** Resolves when what else the phase waits for is done. */
  readonly work?: () => Promise<unknown>;
}

interface Hook {
  readonly name: string;
  readonly phase: ShutDownPhase;
  readonly callback: ShutDownHook | string | symbol;
  readonly timeout: number | undefined;
}

const callbackRule = either(callable, nonEmptyString, symbol);
const timeoutRule = optional(number({ min: 0, orInfinity: true }));

/** What there is to do in a worker before it stops. */
export const phasesOfWorker = oneOf('unbind', 'drain', 'release');

/** What there is to do in a primary before and after its workers stop. */
export const phasesOfPrimary: Rule = {
  expected: '"unbind", before the workers stop, or "release", after them: what drains are the workers',
  accepts: value => value === 'unbind' || value === 'release',
};

/** What one side of a cluster does when it stops: named hooks, phase by phase, the latest first. */
export class ShutDownPhases {
  readonly #parts: ShutDownPhasesParts;
  readonly #hooks = new Map<string, Hook>();
  readonly #called = new Set<Hook>();
  readonly #over = new Set<ShutDownPhase>();

  constructor(parts: ShutDownPhasesParts) {
    this.#parts = parts;
  }

  /**
   * Registers a hook.
   *
   * @throws {@link ShutDownHookError} `CLUSTER_SHUT_DOWN_HOOK`, {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`,
   * {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`
   */
  add(name: string, callback: ShutDownHook | string | symbol, options: ShutDownHookOptions = {}): void {
    checkOption('name', name, nonEmptyString);
    checkOption('hook', callback, callbackRule);
    checkOption('options', options, record);
    checkKnown(['phase', 'timeout'], options, 'onShutDown()');
    const { phase = this.#parts.defaultPhase, timeout } = options;
    checkOption('phase', phase, this.#parts.phase);
    checkOption('timeout', timeout, timeoutRule);
    if (this.#hooks.has(name)) throw refusal(name, phase, 'there is one of this name already');
    if (this.#over.has(phase)) throw refusal(name, phase, `the phase \`${phase}\` is over`);

    this.#hooks.set(name, { name, phase, callback, timeout });
  }

  /**
   * Takes a hook off; one that runs is not stopped by that.
   *
   * @throws {@link ShutDownHookError} with code `CLUSTER_SHUT_DOWN_HOOK`, for a name that there is not
   */
  remove(name: string): void {
    if (!this.#hooks.delete(name)) throw refusal(name, undefined, 'there is none of this name');
  }

  /** Whether there is a hook for the phase that was not called yet. */
  awaits(phase: ShutDownPhase): boolean {
    return this.#next(phase) !== undefined;
  }

  /** Runs a phase, hooks that are added meanwhile included; resolves when all is done, or at the deadline, and never rejects. */
  async run(phase: ShutDownPhase, run: PhaseRun): Promise<void> {
    const { deadline, work } = run;
    do {
      for (let hook = this.#next(phase); hook; hook = this.#next(phase)) {
        this.#called.add(hook);
        await this.#call(hook, run);
      }
      if (work) await waitOrAbort(work(), deadline.signal).catch(() => {});
    } while (this.awaits(phase));
    this.#over.add(phase);
  }

  #next(phase: ShutDownPhase): Hook | undefined {
    return [...this.#hooks.values()].findLast(hook => hook.phase === phase && !this.#called.has(hook));
  }

  async #call(hook: Hook, { reason, deadline, timeout = Number.POSITIVE_INFINITY }: PhaseRun): Promise<void> {
    const { clock, timers, failed } = this.#parts;
    const { name, phase } = hook;
    const begun = clock.now();
    const late = new AbortController();
    const own = hook.timeout ?? timeout;
    const timer = clock.after(own, () => late.abort(timeoutError(hook, own)), timers);
    const forget = whenAborted(deadline.signal, () => late.abort(timeoutError(hook, clock.now() - begun)));
    try {
      if (deadline.signal.aborted) throw timeoutError(hook, 0);
      const context = { reason, deadline: clock.date() + Math.min(own, deadline.left), signal: late.signal };
      await waitOrAbort(Promise.resolve(this.#invoke(hook, context)), late.signal);
    } catch (error) {
      if (!deadline.isCut) failed({ name, phase, error });
    } finally {
      timer.cancel();
      forget();
    }
  }

  #invoke({ callback, phase }: Hook, context: ShutDownContext): unknown {
    if (typeof callback === 'function') return callback.call(this.#parts.host, context);

    const methods = this.#parts.host as Record<string | symbol, ShutDownHook | undefined>;
    if (typeof methods[callback] === 'function') return methods[callback](context);

    const message = `There is no method \`${String(callback)}\` to call in the phase \`${phase}\``;
    throw new InvalidListenerError(message, { event: 'shutDown', listener: callback });
  }
}

function refusal(name: string, phase: ShutDownPhase | undefined, reason: string): ShutDownHookError {
  const what = phase === undefined ? 'removed' : 'registered';
  return new ShutDownHookError(`The shutdown hook \`${name}\` cannot be ${what}: ${reason}`, { name, phase });
}

function timeoutError({ name, phase }: Hook, elapsed: number): ShutDownTimeoutError {
  const timeout = Math.round(elapsed);
  const message =
    timeout === 0
      ? `There was no time for the shutdown hook \`${name}\` in the phase \`${phase}\``
      : `The shutdown hook \`${name}\` was not done with \`${phase}\` within ${timeout} ms`;
  return new ShutDownTimeoutError(message, { name, phase, timeout });
}
