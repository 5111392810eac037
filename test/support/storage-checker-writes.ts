import { finding, nameOf, type Operation } from './storage-checker-operations.js';
import { after, before, maybeDeleted } from './storage-checker-placing.js';
import { keyOf, type StoredWrite, type Timeline, type Timelines } from './storage-checker-timeline.js';

/** Whether every write that has a condition could take place, and no update lost what somebody else wrote. */
export function checkWrites(timelines: Timelines): void {
  for (const operation of timelines.operations) if (operation.outcome === 'ok') checkConditions(timelines, operation);
  for (const register of timelines.byPath.values()) checkUpdates(timelines, register);
}

interface Condition {
  readonly path: string;
  /** 0 for nothing. */
  readonly expected: number;
}

function checkConditions(timelines: Timelines, operation: Operation): void {
  const writes = timelines.writesOf.get(operation) ?? [];
  const versions = writes.flatMap(({ version }) => version ?? []);
  if (versions.length === 0) return;

  const at = Math.min(...versions);
  for (const condition of conditionsOf(operation, writes)) {
    const register = timelines.byPath.get(condition.path);
    const obstacle =
      register &&
      !register.isCounter &&
      obstacleTo(timelines, register, { ...condition, at, until: operation.settled });
    if (!obstacle) continue;

    const wanted = condition.expected === 0 ? 'nothing' : `version ${condition.expected}`;
    const found = `${nameOf(obstacle.operation)} had written ${obstacle.version}`;
    const message = `${nameOf(operation)} wrote as ${at} what needs ${wanted} at ${condition.path}, but ${found}`;
    timelines.report(finding('impossibleSuccess', message, operation, obstacle.operation));
  }
}

function conditionsOf({ invoke }: Operation, writes: readonly StoredWrite[]): Condition[] {
  const checks = (invoke.steps ?? []).filter(({ type }) => type === 'check');
  const all = [...writes, ...checks.map(({ path, ifVersion }) => ({ path, expected: ifVersion }))];
  return all.flatMap(({ path, expected }) => (expected === undefined ? [] : [{ path, expected }]));
}

/** The write on account of which a condition cannot have been true just before the version `at`. */
function obstacleTo(
  timelines: Timelines,
  register: Timeline,
  { expected, at, until }: Condition & { readonly at: number; readonly until: number },
): StoredWrite | undefined {
  const last = before(register, at);
  if (!last) return undefined;
  if (expected > 0) return (last.version ?? 0) > expected ? last : undefined;

  return last.type === 'delete' || maybeDeleted(timelines, last, { until, below: at }) ? undefined : last;
}

function checkUpdates(timelines: Timelines, register: Timeline): void {
  const sources = new Map<string, StoredWrite>();
  for (const update of register.writes) {
    if (update.type !== 'update' || update.operation.outcome !== 'ok') continue;

    const victim = lostBy(timelines, update, sources);
    if (!victim) continue;

    const { previous } = update.operation.answer ?? {};
    const from = `made ${keyOf(update.value)} from ${keyOf(previous) ?? 'nothing'}`;
    const message = `${nameOf(update.operation)} ${from} at ${register.path} and lost ${nameOf(victim.operation)}`;
    timelines.report(finding('lostUpdate', message, update.operation, victim.operation));
  }
}

/** The write between what an update was made from and the update. */
function lostBy(timelines: Timelines, update: StoredWrite, sources: Map<string, StoredWrite>): StoredWrite | undefined {
  const { operation, version } = update;
  const { previous } = operation.answer ?? {};
  const register = timelines.byPath.get(update.path);
  if (!register) return undefined;
  if (previous === undefined) {
    const last = version === undefined ? undefined : before(register, version);
    return last &&
      last.type !== 'delete' &&
      !maybeDeleted(timelines, last, { until: operation.settled, below: version ?? 0 })
      ? last
      : undefined;
  }
  const key = keyOf(previous);
  const twin = sources.get(key);
  sources.set(key, update);
  const source = register.writers.get(key);
  if (version === undefined || source?.version === undefined) return twin;

  const next = after(register, source.version);
  return next === update ? undefined : next;
}
