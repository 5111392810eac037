import type { ServeOrder, ServeWord } from './serving.js';

/**
 * What a frame is about: its first element.
 *
 * A frame is an array `[kind, id, …]`; one message of the channel is one batch, an array of frames. The id is 0 where there
 * is nothing to tell apart. User data never stands at the top level, so Node's own messages cannot be mistaken for it.
 */
export const FrameKind = {
  /** The worker's channel listens. */
  hello: 0,
  /** The worker is initialized. */
  ready: 1,
  message: 2,
  request: 3,
  reply: 4,
  /** A request or stream failed. */
  error: 5,
  /** The other side no longer waits for a request, or reads a stream. */
  abort: 6,
  /** A stream is asked for. */
  open: 7,
  /** One item of a stream. */
  item: 8,
  /** How many more items the reader of a stream takes. */
  credit: 9,
  /** A stream has no more items. */
  end: 10,
  /** A sign of life. */
  beat: 11,
  /** The worker's status changed. */
  status: 12,
  /** Somebody asks for the worker's end. */
  stop: 13,
  /** Shared storage. */
  store: 14,
  // 15 to 18, and 28, are runs of frames: see `RunKind`.
  /** The reader of a stream takes no more. */
  cancel: 19,
  /** Frames from one worker to another, encoded, which the primary passes on unread. */
  parcel: 20,
  /** The primary has passed a parcel on. */
  delivered: 21,
  /** The primary could not pass on a parcel, or some of its frames. */
  undelivered: 22,
  /** A worker asks which workers a destination means. */
  seek: 23,
  /** The ids of the workers that a destination means, or why there is none. */
  found: 24,
  /** Another worker leaves, or is gone. */
  farewell: 25,
  /** A spare worker is initialized, and waits for a place. */
  standby: 26,
  /** It has one now, and begins to take work. */
  activate: 27,
  // 28 is a run.
  /** A worker's server: where it listens, and the connections that the primary hands over. */
  serve: 29,
} as const;

export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** Raised when frames change in a way that an older side would misread. */
export const frameVersion = 1;

/** What a worker says first. */
export interface Hello {
  readonly version: number;
}

/** Why a worker is asked to stop, or says that it will. */
export interface Stop {
  readonly reason: string;
  /** How long draining may take, in milliseconds; without a limit if left out. */
  readonly timeout?: number;
  /** What failed, as plain data, when a worker stops because of that. */
  readonly error?: unknown;
}

/** What a beat tells, all of it numbers, none below 0; from the primary it is a wish. */
export interface Vitals {
  /** The primary wants a beat every so many milliseconds. */
  readonly interval?: number;
  /** How busy the event loop was since the last beat, from 0 to 1. */
  readonly utilization?: number;
  /** By how many milliseconds this beat was late. */
  readonly delay?: number;
  /** Resident memory in bytes. */
  readonly memory?: number;
  /** Bytes of the JavaScript heap that are in use. */
  readonly heapUsed?: number;
  /** Handlers that run, and requests that wait for an answer. */
  readonly pending?: number;
  /** Messages and requests that the worker was given since its start. */
  readonly handled?: number;
  /** 1 if a debugger can attach, or has. */
  readonly debugged?: number;
  readonly [name: string]: number | undefined;
}

/** The place that a spare worker takes. */
export interface Place {
  readonly name: string;
  readonly slot: number;
}

export type HelloFrame = readonly [kind: typeof FrameKind.hello, id: 0, hello: Hello];
export type ReadyFrame = readonly [kind: typeof FrameKind.ready, id: 0];
export type StandbyFrame = readonly [kind: typeof FrameKind.standby, id: 0];
export type ActivateFrame = readonly [kind: typeof FrameKind.activate, id: 0, place: Place];
export type MessageFrame = readonly [kind: typeof FrameKind.message, id: 0, body?: unknown];
export type RequestFrame = readonly [kind: typeof FrameKind.request, id: number, body?: unknown];
export type ReplyFrame = readonly [kind: typeof FrameKind.reply, id: number, value?: unknown];
export type ErrorFrame = readonly [kind: typeof FrameKind.error, id: number, error: object];
export type AbortFrame = readonly [kind: typeof FrameKind.abort, id: number];
export type OpenFrame = readonly [kind: typeof FrameKind.open, id: number, credit: number, body?: unknown];
export type ItemFrame = readonly [kind: typeof FrameKind.item, id: number, value?: unknown];
export type CreditFrame = readonly [kind: typeof FrameKind.credit, id: number, count: number];
/** With an error, if the stream failed. */
export type EndFrame = readonly [kind: typeof FrameKind.end, id: number, error?: object];
export type CancelFrame = readonly [kind: typeof FrameKind.cancel, id: number];
export type BeatFrame = readonly [kind: typeof FrameKind.beat, id: number, vitals?: Vitals];
export type StatusFrame = readonly [kind: typeof FrameKind.status, id: 0, status: string];
export type StopFrame = readonly [kind: typeof FrameKind.stop, id: 0, stop: Stop];
/** What is asked of shared storage, and the answer of the same id; with id 0 what has changed in it. Never `undefined`. */
export type StoreFrame = readonly [kind: typeof FrameKind.store, id: number, body: unknown];

/** Frames between the two libraries, of which users see nothing. */
export type ControlFrame =
  | HelloFrame
  | ReadyFrame
  | StandbyFrame
  | ActivateFrame
  | BeatFrame
  | StatusFrame
  | StopFrame
  | ServeFrame
  | RelayFrame;

/** With the id of the server in its worker, from 1. */
export type ServeFrame = readonly [kind: typeof FrameKind.serve, id: number, body: ServeWord | ServeOrder];

export type StreamFrame = OpenFrame | ItemFrame | CreditFrame | EndFrame | CancelFrame;

/** Encoded frames: JSON text, or the bytes of structured clone. */
export type Encoded = string | Uint8Array;

/** Who a parcel is for, on its way to the primary; who it is from, on its way to the receiver. */
export type ParcelAddress = number | { readonly id: number; readonly name: string; readonly group: string };
export type ParcelFrame = readonly [
  kind: typeof FrameKind.parcel,
  id: number,
  address: ParcelAddress,
  content: Encoded,
];
export type DeliveredFrame = readonly [kind: typeof FrameKind.delivered, id: number];
/** `which` lists the frames of the parcel that were not passed on, by their place; all of them if it is left out. */
export type UndeliveredFrame = readonly [
  kind: typeof FrameKind.undelivered,
  id: number,
  error: object,
  which?: readonly number[],
];
export type SeekFrame = readonly [kind: typeof FrameKind.seek, id: number, seek: Seek];
export type FoundFrame = readonly [kind: typeof FrameKind.found, id: number, found: Found];
export type FarewellFrame = readonly [kind: typeof FrameKind.farewell, workerId: number, error?: object];

/** How long a name, a group, a tag or a key may be where a worker looks for another. */
export const longestWord = 8192;

/** Whom a worker looks for. */
export interface Seek {
  /** A name, or what to select by. */
  readonly to: unknown;
  /** Whose turn it is depends on this: the type of what the worker has for them. */
  readonly tag: string;
  /** Whether it is for one, that may still be to come. @default false */
  readonly one?: boolean;
  /** How long that one is waited for, in milliseconds; without a limit if left out. */
  readonly timeout?: number;
  /** Ids of workers that are not meant. */
  readonly not?: readonly number[];
}

/** What became of a {@link SeekFrame}: ids of workers, an error, or word that it takes longer. */
export type Found = readonly number[] | { readonly error: object } | 'later';

/** Frames about workers that talk to each other by way of the primary. */
export type RelayFrame = ParcelFrame | DeliveredFrame | UndeliveredFrame | SeekFrame | FoundFrame | FarewellFrame;

export type Frame =
  | ControlFrame
  | StreamFrame
  | MessageFrame
  | RequestFrame
  | ReplyFrame
  | ErrorFrame
  | AbortFrame
  | StoreFrame;

export const helloFrame = (): HelloFrame => [FrameKind.hello, 0, { version: frameVersion }];
export const readyFrame = (): ReadyFrame => [FrameKind.ready, 0];
export const standbyFrame = (): StandbyFrame => [FrameKind.standby, 0];
export const activateFrame = (place: Place): ActivateFrame => [FrameKind.activate, 0, place];
export const errorFrame = (id: number, error: object): ErrorFrame => [FrameKind.error, id, error];
export const abortFrame = (id: number): AbortFrame => [FrameKind.abort, id];
export const creditFrame = (id: number, count: number): CreditFrame => [FrameKind.credit, id, count];
export const endFrame = (id: number, error?: object): EndFrame =>
  error === undefined ? [FrameKind.end, id] : [FrameKind.end, id, error];
export const cancelFrame = (id: number): CancelFrame => [FrameKind.cancel, id];
export const statusFrame = (status: string): StatusFrame => [FrameKind.status, 0, status];
export const parcelFrame = (id: number, address: ParcelAddress, content: Encoded): ParcelFrame => {
  return [FrameKind.parcel, id, address, content];
};
export const deliveredFrame = (id: number): DeliveredFrame => [FrameKind.delivered, id];
export const undeliveredFrame = (id: number, error: object, which?: readonly number[]): UndeliveredFrame =>
  which === undefined ? [FrameKind.undelivered, id, error] : [FrameKind.undelivered, id, error, which];
export const seekFrame = (id: number, seek: Seek): SeekFrame => [FrameKind.seek, id, seek];
export const foundFrame = (id: number, found: Found): FoundFrame => [FrameKind.found, id, found];
export const farewellFrame = (workerId: number, error?: object): FarewellFrame =>
  error === undefined ? [FrameKind.farewell, workerId] : [FrameKind.farewell, workerId, error];
export const serveFrame = (id: number, body: ServeWord | ServeOrder): ServeFrame => [FrameKind.serve, id, body];
export const storeFrame = (id: number, body: unknown): StoreFrame => [FrameKind.store, id, body];

// A last element that is `undefined` is left out: JSON would make it `null`.
export const messageFrame = (body: unknown): MessageFrame =>
  body === undefined ? [FrameKind.message, 0] : [FrameKind.message, 0, body];
export const requestFrame = (id: number, body: unknown): RequestFrame =>
  body === undefined ? [FrameKind.request, id] : [FrameKind.request, id, body];
export const replyFrame = (id: number, value: unknown): ReplyFrame =>
  value === undefined ? [FrameKind.reply, id] : [FrameKind.reply, id, value];
export const itemFrame = (id: number, value: unknown): ItemFrame =>
  value === undefined ? [FrameKind.item, id] : [FrameKind.item, id, value];
export const openFrame = (id: number, credit: number, body: unknown): OpenFrame =>
  body === undefined ? [FrameKind.open, id, credit] : [FrameKind.open, id, credit, body];
export const beatFrame = (id: number, vitals?: Vitals): BeatFrame =>
  vitals === undefined ? [FrameKind.beat, id] : [FrameKind.beat, id, vitals];

/** `timeout` is in milliseconds; `Infinity`, which JSON cannot carry, is said by leaving it out. */
export const stopFrame = (reason: string, timeout = Number.POSITIVE_INFINITY): StopFrame =>
  Number.isFinite(timeout) ? [FrameKind.stop, 0, { reason, timeout }] : [FrameKind.stop, 0, { reason }];

/** A worker's last word: it stops because of `error`, which is plain data. */
export const failureFrame = (error: object): StopFrame => [FrameKind.stop, 0, { reason: 'error', error }];

/** The part of a frame that a user wrote, which may hold what cannot be sent, or take much room. */
export function frameBody(frame: Frame): unknown {
  switch (frame[0]) {
    case FrameKind.message:
    case FrameKind.request:
    case FrameKind.reply:
    case FrameKind.item:
    case FrameKind.store:
      return frame[2];
    case FrameKind.open:
    case FrameKind.parcel:
      return frame[3];
    default:
      return undefined;
  }
}
