import type { SendHandle } from 'node:child_process';
import type { Serialization } from '../protocol/json-safe.js';

/** Who is told what comes out of a channel. */
export interface ChannelListener {
  received(payload: unknown, handle: SendHandle | undefined): void;
  /** Nothing comes any more, and nothing can be written. Called once. */
  closed(): void;
}

/**
 * Called exactly once for a write.
 *
 * Without an error: the operating system took it; this comes later, never inside `write`. With an error inside `write`: the
 * payload could not be encoded, or the channel is closed ({@link ChannelClosedError}), and nothing was written. With an error
 * later: the channel closed, and nobody knows whether it arrived.
 */
export type WriteDone = (error: Error | undefined) => void;

/** A way to one other process: it carries payloads, in order, and knows nothing of what they mean. */
export interface Channel {
  /** What is at the other end, for errors: `worker 3`, `primary`. */
  readonly name: string;
  readonly connected: boolean;
  readonly serialization: Serialization;

  /** Hands a payload over; never throws. Returns whether more is welcome: `false` asks to wait for `done`. */
  write(payload: unknown, handle: SendHandle | undefined, done: WriteDone): boolean;

  /** Says who receives; the last one called counts. What came before the first call is lost. */
  listen(listener: ChannelListener): void;

  /** Ends the channel at both ends; idempotent. The listener hears `closed` later. */
  close(): void;
}
