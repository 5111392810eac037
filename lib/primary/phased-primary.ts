import type { InitializableOptions } from '../lifecycle/initializable.js';
import {
  phasesOfPrimary,
  type ShutDownHook,
  type ShutDownHookOptions,
  ShutDownPhases,
} from '../supervision/shutdown-phases.js';
import { systemClock } from '../util/clock.js';
import { Deadline } from '../util/deadline.js';
import type { PrimaryEvents } from './events.js';
import { WarningPrimary } from './warning-primary.js';

/** When a primary stops, seen from its workers: before they do, and after. */
type PrimaryPhase = 'unbind' | 'release';

/** Resolves when all that is to be done in a phase is done; at once if that is nothing. @internal */
export const runPhase = Symbol('runPhase');

/** Whether there is something to be done in a phase. @internal */
export const awaitsPhase = Symbol('awaitsPhase');

/** The part of a primary that does what is to be done before its workers stop, and after. */
export abstract class PhasedPrimary<E extends PrimaryEvents> extends WarningPrimary<E> {
  readonly #phases: ShutDownPhases;

  constructor(options: InitializableOptions) {
    super(options);
    this.#phases = new ShutDownPhases({
      ...{ host: this, clock: systemClock, phase: phasesOfPrimary, defaultPhase: 'release' },
      failed: failure => void this._publish('shutDownError', failure),
    });
  }

  /**
   * Does something when the cluster stops, once, whoever stops it: `unbind` comes before the workers stop, which still do
   * their work then; `release` when all of them are gone.
   *
   * The hooks of a phase are called one after the other, the latest first. One that fails or takes too long stops no other:
   * it is told by `shutDownError`.
   *
   * @param hook a function, or the name of a method of this primary, looked up when it is called.
   * @param options `phase`: @default 'release'. `timeout`: milliseconds; @default drainTimeout
   * @throws {@link ShutDownHookError} `CLUSTER_SHUT_DOWN_HOOK` for a name that is taken or a phase that is over,
   * {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`
   *
   * @example
   * primary.onShutDown('metrics', () => metrics.flush(), { timeout: 2_000 });
   */
  onShutDown(
    name: string,
    hook: ShutDownHook | string | symbol,
    options: ShutDownHookOptions<PrimaryPhase> = {},
  ): void {
    this.#phases.add(name, hook, options);
  }

  /**
   * Takes off what {@link onShutDown} registered.
   *
   * @throws {@link ShutDownHookError} with code `CLUSTER_SHUT_DOWN_HOOK`, for a name that there is not
   */
  removeShutDown(name: string): void {
    this.#phases.remove(name);
  }

  /** @internal */
  protected [awaitsPhase](phase: PrimaryPhase): boolean {
    return this.#phases.awaits(phase);
  }

  /** @internal */
  protected [runPhase](phase: PrimaryPhase, reason: string): Promise<void> {
    const { drainTimeout: timeout } = this._options as { readonly drainTimeout: number };
    return this.#phases.run(phase, { reason, timeout, deadline: new Deadline(systemClock) });
  }
}
