import type { SendHandle } from 'node:child_process';
import { type Frame, FrameKind } from '../protocol/frame.js';
import { frameFault, isFrame } from '../protocol/frame-guard.js';
import {
  type CommonKind,
  type FrameRun,
  isRun,
  looksLikeRun,
  mostFramesReceived,
  runFault,
  singleKindOf,
} from '../protocol/frame-run.js';

/** Every other frame. */
export type OtherFrame = Exclude<Frame, readonly [kind: CommonKind, ...rest: unknown[]]>;

/** Who is given what came in. What it throws is an uncaught exception, and disturbs no other frame. */
export interface IntakeSink {
  /** So many frames come at once. */
  expect(frames: number): void;
  /** A message, request, reply, item, or something about shared storage. A message's id is 0. */
  take(kind: CommonKind, id: number, body: unknown): void;
  /** A message or request that a handle came with. */
  takeWithHandle(kind: CommonKind, id: number, carried: Carried): void;
  /** The handle is one that came with a serve frame. */
  takeOther(frame: OtherFrame, handle?: SendHandle): void;
  /** Something was not what it must be, and was dropped. */
  refuse(reason: string): void;
}

/** What came with a handle. */
export interface Carried {
  readonly body: unknown;
  readonly handle: SendHandle;
}

/** Takes apart what a channel delivers, frame by frame. All of it is untrusted: whatever it is, nothing throws. */
export class Intake {
  readonly #sink: IntakeSink;

  constructor(sink: IntakeSink) {
    this.#sink = sink;
  }

  received(payload: unknown, handle: SendHandle | undefined): void {
    if (handle !== undefined) {
      this.#receivedWithHandle(payload, handle);
      return;
    }
    if (Array.isArray(payload)) this.#unpack(payload);
    else this.#refuse('a payload that is no batch of frames');
  }

  /** A handle belongs to the single message, request or serve frame it came with. */
  #receivedWithHandle(payload: unknown, handle: SendHandle): void {
    const [frame] = Array.isArray(payload) && payload.length === 1 ? payload : [];
    if (isFrame(frame) && (frame[0] === FrameKind.message || frame[0] === FrameKind.request)) {
      const [kind, id, body] = frame;
      guard(() => this.#sink.takeWithHandle(kind, id, { body, handle }));
      return;
    }
    if (isFrame(frame) && frame[0] === FrameKind.serve) {
      guard(() => this.#sink.takeOther(frame, handle));
      return;
    }
    this.#refuse('a handle that belongs to no message');
    dropHandle(handle);
    this.received(payload, undefined);
  }

  #unpack(batch: readonly unknown[]): void {
    const frames = countFrames(batch);
    if (frames > mostFramesReceived) {
      this.#refuse('a batch of too many frames');
      return;
    }
    this.#sink.expect(frames);
    for (const element of batch) {
      if (!looksLikeRun(element)) this.#one(element);
      else if (isRun(element)) this.#each(element);
      else this.#refuse(runFault(element) ?? 'a malformed run');
    }
  }

  #each([kind, ids, bodies]: FrameRun): void {
    const single = singleKindOf(kind);
    for (let index = 0; index < bodies.length; index++) {
      try {
        this.#sink.take(single, ids === 0 ? 0 : (ids[index] ?? 0), bodies[index]);
      } catch (error) {
        throwLater(error);
      }
    }
  }

  #one(frame: unknown): void {
    try {
      if (!isFrame(frame)) this.#sink.refuse(frameFault(frame) ?? 'a malformed frame');
      else if (isCommon(frame)) this.#sink.take(frame[0], frame[1], frame[2]);
      else this.#sink.takeOther(frame as OtherFrame);
    } catch (error) {
      throwLater(error);
    }
  }

  #refuse(reason: string): void {
    guard(() => this.#sink.refuse(reason));
  }
}

/** A bug in who is told is loud, but what came in the same batch still gets through. */
export function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    throwLater(error);
  }
}

/** An unwanted socket or server would stay open for ever. */
export function dropHandle(handle: SendHandle | undefined): void {
  try {
    if (handle === undefined) return;
    if ('destroy' in handle) handle.destroy();
    else handle.close();
  } catch {
    // It is closed already.
  }
}

/** As an uncaught exception, outside of what goes on now. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Those in runs included: structured clone carries thousands of runs of thousands of holes in a few bytes. */
function countFrames(batch: readonly unknown[]): number {
  if (batch.length > mostFramesReceived) return batch.length;

  let count = 0;
  for (const element of batch) count += looksLikeRun(element) && Array.isArray(element[2]) ? element[2].length : 1;
  return count;
}

function isCommon(frame: Frame): frame is Extract<Frame, readonly [kind: CommonKind, ...rest: unknown[]]> {
  const [kind] = frame;
  return (
    kind === FrameKind.message ||
    kind === FrameKind.request ||
    kind === FrameKind.reply ||
    kind === FrameKind.item ||
    kind === FrameKind.store
  );
}
