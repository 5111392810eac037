import type { SendHandle } from 'node:child_process';
import type { ControlFrame } from '../protocol/frame.js';
import type { Clock } from '../util/clock.js';
import type { Gathering } from './gathering.js';
import type { IncomingCall } from './incoming-call.js';
import type { OutboxRules } from './outbox-rules.js';
import type { Opening } from './streams.js';

/** What a peer tells its owner. What a hook throws becomes an uncaught exception, and disturbs no other traffic. */
export interface PeerHooks {
  message(body: unknown, handle: SendHandle | undefined): void;
  /** Answer by `reply` or `fail`. What this throws is the answer too. */
  request(request: IncomingCall): void;
  /** The handle is one that came with a serve frame. */
  control(frame: ControlFrame, handle?: SendHandle): void;
  /** Something about shared storage. @default a violation */
  store?(id: number, body: unknown): void;
  /** Something about shared storage could not be sent. */
  storeFailed?(id: number, error: unknown): void;
  /** The other side sent what it may not; it was dropped. */
  violation(reason: string): void;
  /** The channel closed. Requests still wait, until the owner, who may know more, calls `close`. */
  closed(): void;
  /** A message could not be sent; its promise rejects too. */
  sendFailed(error: unknown, body: unknown): void;
}

/** How much may wait, and how large it may be. */
export interface PeerLimits {
  /** How many requests and streams may be open in each direction; one more is refused. @default 100_000 */
  readonly maxPendingRequests?: number | undefined;
  /** How many messages and requests may wait for the operating system to take them. @default Infinity */
  readonly maxQueuedMessages?: number | undefined;
  /** How many bytes they may take, roughly. @default Infinity */
  readonly maxQueuedBytes?: number | undefined;
  /** How many bytes, roughly, one message may take. @default 64 MiB */
  readonly maxMessageBytes?: number | undefined;
  /** How deep the objects of a message may be nested. @default 500 */
  readonly maxDepth?: number | undefined;
}

/** How a peer behaves. */
export interface PeerOptions extends PeerLimits {
  readonly clock: Clock;
  /** How long a request waits for its answer if it does not say so, in milliseconds. @default 30_000 */
  readonly defaultTimeout?: number | undefined;
  /** Whether what comes in is measured, too: then what exceeds the limits is refused. @default false */
  readonly distrust?: boolean | undefined;
  /** Shared with the other peers of the process. @default one of its own */
  readonly gathering?: Gathering | undefined;
  /** @default defaultRules */
  readonly rules?: OutboxRules | undefined;
}

/** How a message is sent. */
export interface PeerSendOptions {
  readonly handle?: SendHandle | undefined;
  /** Takes the message back, as long as it was not written. */
  readonly signal?: AbortSignal | undefined;
}

/** How a request is made. */
export interface PeerRequestOptions extends PeerSendOptions {
  /** In milliseconds, from the call; waiting while corked counts. `Infinity` for no limit. @default 30_000 */
  readonly timeout?: number | undefined;
  /** Makes the error for when the other side is gone, instead of the one that `close` was given. */
  readonly errorWhenClosed?: (() => unknown) | undefined;
}

/** How a stream is read. */
export interface PeerStreamOptions extends Omit<Opening, 'reader'> {
  readonly signal?: AbortSignal | undefined;
  /** How many items may be on their way or wait to be read. @default 256 */
  readonly window?: number | undefined;
}
