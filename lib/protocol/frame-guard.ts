import { type Frame, FrameKind, longestWord, type Vitals } from './frame.js';

/** How a kind of frame must look. */
interface Shape {
  readonly fewest: number;
  readonly most: number;
  /** Whether the id tells something apart, or must be 0. */
  readonly numbered: boolean;
  /** Whether the third element is what it must be. */
  readonly fits?: (element: unknown) => boolean;
}

const longestStatus = 256;
const longestReason = 1024;
const mostVitals = 32;
const mostTried = 4096;

/** By kind. Kinds are small integers, so this is an array. */
const shapes: readonly Shape[] = byKind({
  hello: { fewest: 3, most: 3, numbered: false, fits: isHello },
  ready: { fewest: 2, most: 2, numbered: false },
  message: { fewest: 2, most: 3, numbered: false },
  request: { fewest: 2, most: 3, numbered: true },
  reply: { fewest: 2, most: 3, numbered: true },
  error: { fewest: 3, most: 3, numbered: true, fits: isRecord },
  abort: { fewest: 2, most: 2, numbered: true },
  open: { fewest: 3, most: 4, numbered: true, fits: isCount },
  item: { fewest: 2, most: 3, numbered: true },
  credit: { fewest: 3, most: 3, numbered: true, fits: isCount },
  end: { fewest: 2, most: 3, numbered: true, fits: isRecord },
  beat: { fewest: 2, most: 3, numbered: true, fits: isVitals },
  status: { fewest: 3, most: 3, numbered: false, fits: isStatus },
  stop: { fewest: 3, most: 3, numbered: false, fits: isStop },
  store: { fewest: 3, most: 3, numbered: true },
  cancel: { fewest: 2, most: 2, numbered: true },
  parcel: { fewest: 4, most: 4, numbered: true, fits: isAddress },
  delivered: { fewest: 2, most: 2, numbered: true },
  undelivered: { fewest: 3, most: 4, numbered: true, fits: isRecord },
  seek: { fewest: 3, most: 3, numbered: true, fits: isSeek },
  found: { fewest: 3, most: 3, numbered: true, fits: isFound },
  farewell: { fewest: 2, most: 3, numbered: true, fits: isRecord },
  standby: { fewest: 2, most: 2, numbered: false },
  activate: { fewest: 3, most: 3, numbered: false, fits: isPlace },
  serve: { fewest: 3, most: 3, numbered: true, fits: isRecord },
});

/**
 * What is wrong with a value that claims to be a frame; `undefined` if it is one.
 *
 * The value is untrusted: whatever a channel can deliver, this does not throw.
 */
export function frameFault(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'a frame that is no array';

  const [kind, id] = value;
  const shape = typeof kind === 'number' ? shapes[kind] : undefined;
  if (shape === undefined) return 'a frame of unknown kind';
  if (value.length < shape.fewest || value.length > shape.most) return 'a frame of wrong length';
  if (!Number.isSafeInteger(id) || id < 0) return 'a frame whose id is no safe integer';
  if (!shape.numbered && id !== 0) return 'a frame with an id where there is none';
  if (shape.fits !== undefined && value.length > 2 && !shape.fits(value[2])) return 'a frame with wrong contents';

  return undefined;
}

/** Whether a value is a frame that may be used. Only what users wrote in it is still unchecked. */
export function isFrame(value: unknown): value is Frame {
  return frameFault(value) === undefined;
}

function byKind(named: Record<keyof typeof FrameKind, Shape>): readonly Shape[] {
  const list: Shape[] = [];
  for (const [name, kind] of Object.entries(FrameKind)) list[kind] = named[name as keyof typeof FrameKind];
  return list;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** A worker's id, or who the primary says it is. */
function isAddress(value: unknown): boolean {
  return isCount(value) || isRecord(value);
}

/** Only as far as it is not worth the time to look at: whether it means anybody is another matter. */
function isSeek(value: unknown): boolean {
  if (!isRecord(value)) return false;

  const { to, tag, one, timeout, not } = value;
  if (typeof tag !== 'string' || tag.length > longestWord) return false;
  if (one !== undefined && typeof one !== 'boolean') return false;
  if (timeout !== undefined && !(Number.isFinite(timeout) && (timeout as number) > 0)) return false;
  return (isName(to) || isSelection(to)) && (not === undefined || isListOfIds(not));
}

function isSelection(value: unknown): boolean {
  if (!isRecord(value)) return false;

  const fields = Object.entries(value);
  return fields.length <= 8 && fields.every(([key, field]) => isName(key) && (field === undefined || isName(field)));
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= longestWord;
}

function isListOfIds(value: unknown): boolean {
  return Array.isArray(value) && value.length <= mostTried && value.every(isCount);
}

function isFound(value: unknown): boolean {
  return isObject(value) || value === 'later';
}

function isHello(value: unknown): boolean {
  if (!isRecord(value)) return false;

  const { version } = value;
  return isCount(version);
}

function isPlace(value: unknown): boolean {
  if (!isRecord(value)) return false;

  const { name, slot } = value;
  return typeof name === 'string' && name.length <= longestWord && Number.isSafeInteger(slot) && (slot as number) >= 0;
}

function isVitals(value: unknown): boolean {
  if (!isRecord(value)) return false;

  let count = 0;
  // Without an array of the values: a primary that has nothing else to do should not notice its workers' beats.
  for (const name in value) if (++count > mostVitals || !isVital(value[name])) return false;

  const { utilization = 0, interval = 1, debugged = 0 } = value as Vitals;
  return utilization <= 1 && interval > 0 && (debugged === 0 || debugged === 1);
}

function isVital(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}

function isStatus(value: unknown): boolean {
  return typeof value === 'string' && value.length <= longestStatus;
}

function isStop(value: unknown): boolean {
  if (!isRecord(value)) return false;

  const { reason, timeout } = value;
  if (timeout !== undefined && !(Number.isFinite(timeout) && (timeout as number) >= 0)) return false;
  return typeof reason === 'string' && reason.length <= longestReason;
}
