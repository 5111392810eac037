import type { HistoryEvent } from './history.js';
import { Floor } from './storage-checker-floor.js';
import { finding, nameOf, type Operation } from './storage-checker-operations.js';
import type { Timelines } from './storage-checker-timeline.js';

/** A lock that was held. */
interface Holding {
  readonly operation: Operation;
  readonly token: number;
  readonly from: number;
  /** Until when it was certainly held: then it began to be released, or its holder was killed, or its time was over. */
  readonly until: number;
}

/** Whether every lock had one holder at most, and greater tokens for later ones. */
export function checkLocks(timelines: Timelines, history: readonly HistoryEvent[]): void {
  const byName = new Map<string, Holding[]>();
  for (const holding of holdings(timelines, endsOf(history))) {
    const { path } = holding.operation;
    const held = byName.get(path);
    if (held) held.push(holding);
    else byName.set(path, [holding]);
  }
  for (const held of byName.values()) {
    held.sort((one, other) => one.from - other.from);
    checkHolders(timelines, held);
    checkTokens(timelines, held);
  }
}

/** When each process was last known to live: it was killed then, or did something. */
function endsOf(history: readonly HistoryEvent[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const { process, op, time } of history) if (op !== 'death') ends.set(process, time);
  for (const { process, op, time } of history) if (op === 'death') ends.set(process, time);
  return ends;
}

function holdings({ operations }: Timelines, ends: ReadonlyMap<string, number>): Holding[] {
  const releases = new Map<string, Operation>();
  for (const operation of operations) if (operation.op === 'unlock') releases.set(tokenOf(operation), operation);
  return operations.flatMap(operation => {
    const { op, outcome, answer, settled, invoked, invoke, process } = operation;
    if (op !== 'lock' || outcome !== 'ok') return [];

    const release = releases.get(tokenOf(operation));
    const given = release?.invoked ?? ends.get(process) ?? settled;
    const isLost = release?.outcome === 'fail';
    const until = isLost ? settled : Math.min(given, invoked + (invoke.ttl ?? Number.POSITIVE_INFINITY) * 1e6);
    return [{ operation, token: answer?.token ?? 0, from: settled, until }];
  });
}

function tokenOf({ process, path, invoke, answer }: Operation): string {
  return `${process} ${path} ${invoke.token ?? answer?.token}`;
}

function checkHolders(timelines: Timelines, held: readonly Holding[]): void {
  let last: Holding | undefined;
  for (const holding of held) {
    if (last && holding.from < last.until && holding.from < holding.until) {
      const message = `${nameOf(holding.operation)} got ${holding.operation.path} while ${nameOf(last.operation)} held it`;
      timelines.report(finding('twoHolders', message, last.operation, holding.operation));
    }
    if (!last || holding.until > last.until) last = holding;
  }
}

/** Of two that were certainly held one after the other, or that were got before the other was asked for, the later has the greater token. */
function checkTokens(timelines: Timelines, held: readonly Holding[]): void {
  const got = new Floor();
  const owners = new Map<number, Operation>();
  let certain: Holding | undefined;
  for (const { from, operation, token } of held) got.add({ time: from, version: token, source: operation });
  for (const holding of held) {
    const { operation, token, from, until } = holding;
    const earlier = got.before(operation.invoked);
    const rival = earlier.version >= token ? earlier.source : owners.get(token);
    owners.set(token, operation);
    const isCertain = from < until;
    const previous =
      isCertain && certain && certain.token >= token && certain.until <= from ? certain.operation : undefined;
    const culprit = rival ?? previous;
    if (culprit) {
      const message = `${nameOf(operation)} got token ${token} of ${operation.path}, after ${nameOf(culprit)} got no lesser one`;
      timelines.report(finding('tokenOrder', message, culprit, operation));
    }
    if (isCertain && (!certain || token > certain.token)) certain = holding;
  }
}
