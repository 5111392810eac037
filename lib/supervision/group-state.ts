import { type RestartOptions, RestartPolicy, type RestartSettings, resolveRestart } from './restart-policy.js';
import type { SlotState } from './slot.js';

/** What supervision must know of a group. */
export interface GroupSettings {
  /** @default those of the reconciler */
  readonly restart?: RestartOptions | undefined;
  /** Groups that are ready before this one starts again, and stop after it. @default none */
  readonly dependsOn?: readonly string[] | undefined;
  /** How many of its processes may boot at the same time, newcomers apart. @default Infinity */
  readonly startConcurrency?: number | undefined;
  /** How many spare processes stand by. @default 0 */
  readonly standby?: number | undefined;
}

/** What a {@link GroupState} is made of. */
export interface GroupParts {
  readonly name: string;
  readonly settings: GroupSettings;
  /** Restart settings where the group says nothing. */
  readonly restart: RestartSettings;
  readonly random: () => number;
}

/** What holds for all slots of one group. */
export class GroupState {
  readonly name: string;
  readonly restart: RestartSettings;
  readonly policy: RestartPolicy;
  readonly dependsOn: readonly string[];
  readonly startConcurrency: number;
  readonly standby: number;
  /** Whether workers should live in it: not from `drain` to `resume`. */
  wanted: 'up' | 'down' = 'up';
  /** The edition that its new slots get. */
  edition = 0;
  /** Whether no spare process is forked until something else happens, since somebody vetoed one. */
  holdsStandbys = false;
  /** The slots that wait for their turn to boot. */
  readonly queue = new Set<SlotState>();

  constructor({ name, settings, restart, random }: GroupParts) {
    this.name = name;
    this.restart = resolveRestart(settings.restart, restart);
    this.policy = new RestartPolicy(this.restart, random);
    this.dependsOn = settings.dependsOn ?? [];
    this.startConcurrency = settings.startConcurrency ?? Number.POSITIVE_INFINITY;
    this.standby = settings.standby ?? 0;
  }

  /** Whether what is missing in it may be forked. */
  get isRunning(): boolean {
    return this.wanted === 'up' && !this.policy.failed;
  }
}
