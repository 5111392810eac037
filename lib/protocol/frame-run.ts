import { type Frame, FrameKind } from './frame.js';

/**
 * Several frames of one kind, one after the other, as they travel: their ids in one array, their bodies in another.
 *
 * An array whose elements are all alike is encoded, and above all parsed, much faster than one of small mixed arrays.
 */
export type FrameRun = readonly [kind: RunKind, ids: readonly number[] | 0, bodies: readonly unknown[]];

/** Kinds of runs, in the order of {@link singleKinds}; no kind of a single frame has the same number. */
export const RunKind = { messages: 15, requests: 16, replies: 17, items: 18, stores: 28 } as const;

export type RunKind = (typeof RunKind)[keyof typeof RunKind];

/** More frames, in a run or in a batch, are no batch of ours: a sparse array could pretend to have billions. */
export const mostFramesReceived = 4096;

/** By kind of a single frame, the kind of a run of them. */
const runKinds: readonly (RunKind | undefined)[] = Object.assign([], {
  [FrameKind.message]: RunKind.messages,
  [FrameKind.request]: RunKind.requests,
  [FrameKind.reply]: RunKind.replies,
  [FrameKind.item]: RunKind.items,
  [FrameKind.store]: RunKind.stores,
});

const singleKinds = [FrameKind.message, FrameKind.request, FrameKind.reply, FrameKind.item] as const;

/** A kind of frames that come in runs. */
export type CommonKind = (typeof singleKinds)[number] | typeof FrameKind.store;

/** The kind of the frames in a run. */
export function singleKindOf(kind: RunKind): CommonKind {
  return kind === RunKind.stores ? FrameKind.store : (singleKinds[kind - RunKind.messages] ?? FrameKind.message);
}

/** What is sent for these frames: neighbours of one kind become a run. Those without a body do not: JSON would give them one. */
export function packFrames(frames: readonly Frame[]): (Frame | FrameRun)[] {
  const packed: (Frame | FrameRun)[] = [];
  for (let start = 0; start < frames.length; ) {
    const end = endOfRun(frames, start);
    packed.push(end - start === 1 ? (frames[start] as Frame) : run(frames, start, end));
    start = end;
  }
  return packed;
}

/** The single frames that {@link packFrames} has packed. */
export function unpackFrames(packed: readonly (Frame | FrameRun)[]): Frame[] {
  return packed.flatMap((element): Frame[] => {
    if (!looksLikeRun(element)) return [element];

    const [kind, ids, bodies] = element as FrameRun;
    const single = singleKindOf(kind);
    return bodies.map((body, index) => [single, ids === 0 ? 0 : ids[index], body] as const as Frame);
  });
}

/** Whether a value looks like a run; {@link runFault} tells whether it is one. */
export function looksLikeRun(value: unknown): value is readonly [kind: RunKind, ...rest: unknown[]] {
  if (!Array.isArray(value)) return false;

  const [kind] = value;
  return typeof kind === 'number' && ((kind >= RunKind.messages && kind <= RunKind.items) || kind === RunKind.stores);
}

/** What is wrong with a value that claims to be a run; `undefined` if it is one. It is untrusted: this does not throw. */
export function runFault([kind, ids, bodies, ...rest]: readonly [kind: RunKind, ...rest: unknown[]]):
  | string
  | undefined {
  if (rest.length > 0 || !Array.isArray(bodies)) return 'a run of frames of wrong shape';
  if (bodies.length > mostFramesReceived) return 'a run of too many frames';
  if (kind === RunKind.messages) return ids === 0 ? undefined : 'a run of messages with ids';
  if (!Array.isArray(ids) || ids.length !== bodies.length) return 'a run of frames without an id for each';

  return ids.every(isId) ? undefined : 'a frame whose id is no safe integer';
}

/** Whether a value is a run that may be used. */
export function isRun(value: readonly [kind: RunKind, ...rest: unknown[]]): value is FrameRun {
  return runFault(value) === undefined;
}

function endOfRun(frames: readonly Frame[], start: number): number {
  const kind = frames[start]?.[0];
  let end = start;
  if (kind !== undefined && runKinds[kind] !== undefined) {
    while (end < frames.length && frames[end]?.[0] === kind && frames[end]?.length === 3) end++;
  }
  return Math.max(end, start + 1);
}

function run(frames: readonly Frame[], start: number, end: number): FrameRun {
  const [first] = frames[start] as Frame;
  const kind = runKinds[first] as RunKind;
  const bodies: unknown[] = [];
  for (let index = start; index < end; index++) bodies.push(frames[index]?.[2]);
  if (kind === RunKind.messages) return [kind, 0, bodies];

  const ids: number[] = [];
  for (let index = start; index < end; index++) ids.push(frames[index]?.[1] as number);
  return [kind, ids, bodies];
}

function isId(id: unknown): boolean {
  return Number.isSafeInteger(id) && (id as number) >= 0;
}
