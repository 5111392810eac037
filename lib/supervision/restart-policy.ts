import { type BackoffSettings, backoffDelay } from '../util/backoff.js';
import type { ExitRecord } from './exit-record.js';

/** Which exits are followed by a replacement: all, all but those with code 0, none. */
export type RestartKind = 'permanent' | 'transient' | 'temporary';

/** How workers that left unasked are replaced. */
export interface RestartSettings {
  /** @default 'permanent' */
  readonly policy: RestartKind;
  /** How many replacements a group may need within `period`; one more fails the group. `Infinity` allowed. @default 5 */
  readonly intensity: number;
  /** The time in ms within which `intensity` counts. @default 10_000 */
  readonly period: number;
  /** Waits before the second and further replacements in a row of one slot. @default 100 ms, doubled up to 10 s */
  readonly backoff: BackoffSettings;
  /** A worker that was ready for so many ms is no repeated failure. @default 10_000 */
  readonly stable: number;
}

/** Restart settings as users write them: whatever is left out has its default. */
export type RestartOptions = {
  readonly [Key in Exclude<keyof RestartSettings, 'backoff'>]?: RestartSettings[Key] | undefined;
} & { readonly backoff?: { readonly [Key in keyof BackoffSettings]?: BackoffSettings[Key] | undefined } | undefined };

export const defaultRestart: RestartSettings = Object.freeze({
  policy: 'permanent',
  intensity: 5,
  period: 10_000,
  backoff: Object.freeze({ initial: 100, max: 10_000, factor: 2, jitter: 0.2 }),
  stable: 10_000,
});

/** The settings that hold when `options` are given and the rest is as in `defaults`. */
export function resolveRestart(options: RestartOptions = {}, defaults = defaultRestart): RestartSettings {
  return Object.freeze({
    policy: options.policy ?? defaults.policy,
    intensity: options.intensity ?? defaults.intensity,
    period: options.period ?? defaults.period,
    stable: options.stable ?? defaults.stable,
    backoff: Object.freeze({
      initial: options.backoff?.initial ?? defaults.backoff.initial,
      max: options.backoff?.max ?? defaults.backoff.max,
      factor: options.backoff?.factor ?? defaults.backoff.factor,
      jitter: options.backoff?.jitter ?? defaults.backoff.jitter,
    }),
  });
}

/** What the policy knows of the slot whose process exited. */
export interface SlotHistory {
  /** The slot's own settings; `intensity` and `period` are always those of its group. */
  readonly restart: RestartSettings;
  /** Failures in a row of workers that had been ready, before this exit. */
  readonly failures: number;
  /** Boots in a row that failed, before this exit. */
  readonly bootFailures: number;
}

/** What follows an exit. */
export type Verdict =
  /** Fork again after `delay` ms; `failures` and `bootFailures` are the slot's new counts. */
  | { readonly restart: true; readonly delay: number; readonly failures: number; readonly bootFailures: number }
  /** The policy wants no replacement. */
  | { readonly restart: false; readonly reason: 'policy' }
  /** This exit was one too many: the group has failed now, because of these, some of which were boots that failed. */
  | {
      readonly restart: false;
      readonly reason: 'tooManyCrashes';
      readonly exits: readonly ExitRecord[];
      readonly bootFailures: number;
    }
  /** The group had failed before. */
  | { readonly restart: false; readonly reason: 'groupFailed' };

/**
 * Judges the exits of one group.
 *
 * Boots that fail are counted apart: as soon as one succeeds they are forgotten, and what matters is how often workers crash
 * that had been ready. Every replacement counts against `intensity`, that of a boot that failed and that of a clean exit
 * too: a script that has nothing to do would be forked for ever. So a group of N workers in a crash loop is forked at most
 * N + `intensity` times within `period`.
 */
export class RestartPolicy {
  readonly #settings: RestartSettings;
  readonly #random: () => number;
  #recent: { readonly at: number; readonly exit: ExitRecord }[] = [];
  #failed = false;

  constructor(settings: RestartSettings = defaultRestart, random: () => number = Math.random) {
    this.#settings = settings;
    this.#random = random;
  }

  /** Whether the group has failed; nothing is restarted until {@link reset}. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Says what follows `exit`, which happened at `now` (ms, on a scale that never goes back). */
  judge(exit: ExitRecord, history: SlotHistory, now: number): Verdict {
    const wanted = exit.expected || wantsReplacement(history.restart.policy, exit);
    if (!wanted) return { restart: false, reason: 'policy' };
    if (this.#failed) return { restart: false, reason: 'groupFailed' };
    const { failures, bootFailures, restart: settings } = history;
    if (exit.expected) return { restart: true, delay: 0, failures, bootFailures };
    if (this.#isOneTooMany(exit, now)) return this.#fail();

    if (isBootFailure(exit)) {
      const delay = this.#delay(failures + bootFailures, settings);
      return { restart: true, delay, failures, bootFailures: bootFailures + 1 };
    }

    const before = (exit.readyFor ?? exit.uptime) >= settings.stable ? 0 : failures;
    return { restart: true, delay: this.#delay(before, settings), failures: before + 1, bootFailures: 0 };
  }

  /** Gives a group that failed another chance, with a clean record. */
  reset(): void {
    this.#failed = false;
    this.#recent = [];
  }

  #isOneTooMany(exit: ExitRecord, now: number): boolean {
    const { intensity, period } = this.#settings;
    // Without a limit there is nothing to remember.
    if (intensity === Number.POSITIVE_INFINITY) return false;

    this.#recent = this.#recent.filter(({ at }) => now - at < period);
    this.#recent.push({ at: now, exit });
    return this.#recent.length > intensity;
  }

  #fail(): Verdict {
    const exits = this.#recent.map(({ exit }) => exit);
    this.#failed = true;
    this.#recent = [];
    return { restart: false, reason: 'tooManyCrashes', exits, bootFailures: exits.filter(isBootFailure).length };
  }

  #delay(failuresBefore: number, { backoff }: RestartSettings): number {
    return failuresBefore === 0 ? 0 : backoffDelay(failuresBefore - 1, backoff, this.#random);
  }
}

function wantsReplacement(policy: RestartKind, exit: ExitRecord): boolean {
  return policy === 'permanent' || (policy === 'transient' && exit.code !== 0);
}

function isBootFailure({ cause }: ExitRecord): boolean {
  return cause === 'boot' || cause === 'bootTimeout';
}
