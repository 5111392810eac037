import type { HistoryEvent, OperationName } from './history.js';

/** An operation from its beginning to its end. */
export interface Operation {
  readonly process: string;
  readonly op: OperationName;
  readonly path: string;
  readonly outcome: 'ok' | 'fail' | 'unknown';
  /** When it began, in nanoseconds: it did nothing before. */
  readonly invoked: number;
  /** When its end was known; `Infinity` if it may still do something. */
  readonly settled: number;
  readonly invoke: HistoryEvent;
  readonly answer: HistoryEvent | undefined;
  /** Of a watch: what it saw, in the order in which it saw it. */
  readonly changes: readonly HistoryEvent[];
}

/** What is wrong with a history. */
export type FindingKind =
  | 'lostWrite'
  | 'phantom'
  | 'staleGet'
  | 'readBackwards'
  | 'versionOrder'
  | 'duplicateVersion'
  | 'impossibleSuccess'
  | 'brokenCounter'
  | 'lostUpdate'
  | 'twoHolders'
  | 'tokenOrder'
  | 'watchGap'
  | 'watchRepetition'
  | 'watchOrder'
  | 'halfTransaction';

/** One thing that cannot be, and the events that show it. */
export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
  readonly events: readonly HistoryEvent[];
}

/** What is in the storage when all is over, by path. */
export type FinalState = ReadonlyMap<string, { readonly value: unknown; readonly version: number }>;

/** The name of the process that reads the final state. */
const finalReader = 'final';
/** When it does so: after everything but what may happen at any time. */
const finalTime = Number.MAX_SAFE_INTEGER;

/** Finds what belongs together. @throws Error if a history contradicts itself, as no store can make it do */
export function operationsOf(history: readonly HistoryEvent[]): Operation[] {
  const groups = new Map<string, HistoryEvent[]>();
  for (const event of history) {
    if (event.op === 'death') continue;

    const key = `${event.process}#${event.index}`;
    const group = groups.get(key);
    if (group) group.push(event);
    else groups.set(key, [event]);
  }
  return [...groups.values()].map(operationOf);
}

function operationOf(events: readonly HistoryEvent[]): Operation {
  const [invoke, ...rest] = events;
  const isWatch = invoke?.op === 'watch';
  const answers = isWatch ? [] : rest;
  const [answer] = answers;
  if (
    invoke?.type !== 'invoke' ||
    answers.length > 1 ||
    rest.some(({ op, type }) => op !== invoke.op || type === 'invoke')
  )
    throw new Error(`No beginning, or more than one end: ${JSON.stringify(events)}`);

  const outcome = answer?.type === 'ok' || answer?.type === 'fail' ? answer.type : 'unknown';
  return {
    process: invoke.process,
    op: invoke.op,
    path: invoke.path ?? '',
    outcome,
    invoked: invoke.time,
    settled: outcome === 'unknown' || !answer ? Number.POSITIVE_INFINITY : answer.time,
    invoke,
    answer,
    changes: isWatch ? rest.filter(({ type }) => type === 'ok') : [],
  };
}

/** Reading the final state, as an operation after all others. */
export function finalRead(path: string, value: unknown, version: number | undefined): Operation {
  const time = finalTime;
  const invoke = { process: finalReader, index: 0, type: 'invoke', op: 'entry', path, time } as const;
  const answer = { ...invoke, type: 'ok', value, version } as const;
  return {
    process: finalReader,
    op: 'entry',
    path,
    outcome: 'ok',
    invoked: time,
    settled: time,
    invoke,
    answer,
    changes: [],
  };
}

/** How an operation is called in a finding. */
export function nameOf({ process, op, invoke }: Operation): string {
  return process === finalReader ? 'the final state' : `${op} ${process}#${invoke.index}`;
}

/** A finding about operations, with all their events but the changes that a watch saw. */
export function finding(kind: FindingKind, message: string, ...about: readonly (Operation | HistoryEvent)[]): Finding {
  const events = about.flatMap(each => ('invoke' in each ? [each.invoke, each.answer ?? []].flat() : [each]));
  return { kind, message, events: [...new Set(events)] };
}
