import { FrameKind } from './frame.js';
import { mostFramesReceived } from './frame-run.js';

/** Kinds that hold only what the library wrote, as plain data. */
const ownKinds: ReadonlySet<unknown> = new Set([
  FrameKind.hello,
  FrameKind.ready,
  FrameKind.error,
  FrameKind.abort,
  FrameKind.credit,
  FrameKind.end,
  FrameKind.cancel,
  FrameKind.beat,
  FrameKind.status,
  FrameKind.stop,
  FrameKind.delivered,
  FrameKind.undelivered,
  FrameKind.found,
  FrameKind.farewell,
  FrameKind.standby,
  FrameKind.activate,
  FrameKind.serve,
]);

/**
 * Whether a payload is a batch that any channel can carry as it is, because no frame in it holds anything of a user's.
 *
 * The payload may be untrusted: whatever a channel can deliver, this does not throw.
 */
export function needsNoCodec(payload: unknown): boolean {
  if (!Array.isArray(payload) || payload.length > mostFramesReceived) return false;

  return payload.every(frame => Array.isArray(frame) && ownKinds.has(frame[0]));
}
