import type { GroupState } from './status.js';

/** How many workers of a group must be ready: a number for all groups, or one for each group that is named. */
export type Quorum = number | { readonly [group: string]: number | undefined };

/** Where a primary is in its life, as far as probes ask. */
export type HealthPhase = 'starting' | 'running' | 'shuttingDown' | 'failed';

/** How one group stands. */
export interface GroupFacts {
  readonly name: string;
  readonly state: GroupState;
  /** Its workers that are ready; for a moment there may be more than there should be. */
  readonly ready: number;
  /** How many there should be: its slots that were not given up, spare ones apart. */
  readonly wanted: number;
}

/** How a primary stands. */
export interface HealthFacts {
  readonly phase: HealthPhase;
  /** Milliseconds since the primary was made. */
  readonly uptime: number;
  readonly groups: readonly GroupFacts[];
}

/** Where the facts about groups come from. A `Supervisor` is one. */
export interface HealthSource {
  readonly parts: { readonly groups: Iterable<{ readonly name: string }> };
  readonly roster: { readonly ready: readonly { readonly group: string }[] };
  readonly reconciler: {
    readonly slots: readonly { readonly group: string; readonly retired: boolean }[];
    groupState(group: string): GroupState;
  };
}

/** One group, as a probe is told. */
export interface GroupHealth {
  readonly state: GroupState;
  /** Its workers that are ready. */
  readonly ready: number;
  /** How many workers there should be. */
  readonly wanted: number;
  /** How many must be ready now; 0 for a group that does not count. */
  readonly quorum: number;
  /** Whether they are. */
  readonly ok: boolean;
}

/** What a probe is told that asks whether the cluster can serve. */
export interface ReadinessReport {
  readonly status: 'ready' | 'unready';
  /** By their names; empty before the primary is set up. */
  readonly groups: { readonly [group: string]: GroupHealth };
  /** Milliseconds since the primary was made. */
  readonly uptime: number;
  /** Why it is not ready, in a few words. */
  readonly reason?: string | undefined;
}

/** What a probe is told that asks whether the primary lives. */
export interface LivenessReport {
  readonly status: 'live' | 'failed';
  /** Milliseconds since the primary was made. */
  readonly uptime: number;
  readonly reason?: string | undefined;
}

const reasons: Readonly<Record<HealthPhase, string | undefined>> = {
  starting: 'The primary is starting',
  running: undefined,
  shuttingDown: 'The cluster is shutting down',
  failed: 'The primary could not start',
};

/** How many workers of each group are ready, and how many should be: one walk over workers and slots. */
export function groupFacts({ parts, roster, reconciler }: HealthSource): GroupFacts[] {
  const ready = countByGroup(roster.ready);
  const wanted = countByGroup(reconciler.slots.filter(({ retired }) => !retired));
  return Array.from(parts.groups, ({ name }) => {
    return { name, state: reconciler.groupState(name), ready: ready.get(name) ?? 0, wanted: wanted.get(name) ?? 0 };
  });
}

/** A primary lives unless its start has failed; that it starts or stops takes its time and is no reason to end it. */
export function reportLiveness({ phase, uptime }: Omit<HealthFacts, 'groups'>): LivenessReport {
  const isLive = phase !== 'failed';
  return {
    status: isLive ? 'live' : 'failed',
    uptime: Math.round(uptime),
    reason: isLive ? undefined : reasons[phase],
  };
}

/** A cluster can serve while its primary runs and every group that counts has its quorum. */
export function reportReadiness({ phase, uptime, groups }: HealthFacts, quorum: Quorum): ReadinessReport {
  const asked = groups.filter(({ name, wanted }) => wanted > 0 || name !== 'default' || isNamed(name, quorum));
  const verdicts = asked.map(facts => [facts.name, verdictOf(facts, quorum)] as const);
  const reason = reasons[phase] ?? whyUnable(verdicts) ?? whyIdle(asked, quorum);
  const status = reason === undefined ? 'ready' : 'unready';
  return { status, groups: Object.fromEntries(verdicts), uptime: Math.round(uptime), reason };
}

function verdictOf(facts: GroupFacts, quorum: Quorum): GroupHealth {
  const { state, ready, wanted } = facts;
  const needed = neededIn(facts, quorum);
  return { state, ready, wanted, quorum: needed, ok: ready >= needed };
}

/** What is stopped on purpose, or has no workers, is missed only by somebody who named it. */
function neededIn({ name, state, wanted }: GroupFacts, quorum: Quorum): number {
  const asked = quorumOf(name, quorum);
  if (isNamed(name, quorum)) return Math.min(asked, Math.max(1, wanted));

  return isStopped(state) ? 0 : Math.min(asked, wanted);
}

function quorumOf(name: string, quorum: Quorum): number {
  if (typeof quorum === 'number') return quorum;

  return isNamed(name, quorum) ? (quorum[name] ?? 1) : 1;
}

function isNamed(name: string, quorum: Quorum): boolean {
  return typeof quorum === 'object' && Object.hasOwn(quorum, name);
}

function isStopped(state: GroupState): boolean {
  return state === 'draining' || state === 'drained';
}

function whyUnable(verdicts: readonly (readonly [name: string, health: GroupHealth])[]): string | undefined {
  const missing = verdicts.filter(([, { ok }]) => !ok);
  if (missing.length === 0) return undefined;

  const sentences = missing.map(([name, { state, ready, wanted, quorum }]) => {
    const trouble = state === 'running' ? '' : ` (${state})`;
    return `${name}${trouble}: ${ready} of ${wanted} ready, ${quorum} needed`;
  });
  return `Too few workers: ${sentences.join('; ')}`;
}

/** One group that is drained leaves the others to serve; when all are, there is nobody. */
function whyIdle(groups: readonly GroupFacts[], quorum: Quorum): string | undefined {
  const expected = groups.filter(({ name, wanted }) => wanted > 0 && quorumOf(name, quorum) > 0);
  const isIdle = expected.length > 0 && expected.every(({ state }) => isStopped(state));
  return isIdle ? 'All groups are drained' : undefined;
}

function countByGroup(members: Iterable<{ readonly group: string }>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { group } of members) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}
