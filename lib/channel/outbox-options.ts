import type { SendHandle } from 'node:child_process';
import type { Frame } from '../protocol/frame.js';
import type { Gathering } from './gathering.js';
import type { OutboxRules } from './outbox-rules.js';

/** How much may wait, and who hears of failures. */
export interface OutboxOptions {
  /** How many frames may be on their way; more user frames are refused. @default Infinity */
  readonly maxQueuedMessages?: number | undefined;
  /** How many bytes, roughly, may be on their way. @default Infinity */
  readonly maxQueuedBytes?: number | undefined;
  /** How many bytes, roughly, one message may take. @default 64 MiB */
  readonly maxMessageBytes?: number | undefined;
  /** How deep the objects of a message may be nested. @default 500 */
  readonly maxDepth?: number | undefined;
  /** @default defaultRules */
  readonly rules?: OutboxRules | undefined;
  /** Shared with the other outboxes of the process. @default one of its own */
  readonly gathering?: Gathering | undefined;
  /** What is written for a batch. @default packFrames */
  readonly pack?: ((frames: readonly Frame[]) => unknown) | undefined;
  /** Hears of every frame that could not be sent, except of one that its sender withdrew. */
  readonly onFailure?: ((error: unknown, frame: Frame) => void) | undefined;
}

/** How a frame is posted. */
export interface PostOptions {
  readonly handle?: SendHandle | undefined;
  /** Whether the frame waits while the outbox is corked: user frames do. @default false */
  readonly hold?: boolean | undefined;
  /** Whether it is refused where the limits are reached. @default as `hold` */
  readonly limited?: boolean | undefined;
}

/** How a frame is sent: like {@link PostOptions}, and abortable. */
export interface SendOptions extends PostOptions {
  readonly signal?: AbortSignal | undefined;
}

/** How a frame of the library's own is sent. */
export interface ControlOptions {
  /** Whether it waits while the peer is corked. @default false */
  readonly hold?: boolean;
  /** Whether it overtakes what waits. @default false */
  readonly urgent?: boolean;
  /** A socket that goes with it, unless it is urgent. */
  readonly handle?: SendHandle | undefined;
}
