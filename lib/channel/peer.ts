import type { SendHandle } from 'node:child_process';
import { BackpressureError, ChannelClosedError, UnserializableMessageError } from '../errors/errors.js';
import { fromWireError, toWireError } from '../errors/wire-error.js';
import { dispatchType } from '../protocol/dispatch.js';
import {
  abortFrame,
  type ControlFrame,
  errorFrame,
  type Frame,
  FrameKind,
  messageFrame,
  requestFrame,
} from '../protocol/frame.js';
import { defaultLimits, type Excess, findExcess, type Limits, limitsOf } from '../protocol/limits.js';
import type { SharedFrame } from './broadcast.js';
import type { Channel } from './channel.js';
import { Correlator, type PendingRequest } from './correlator.js';
import { IncomingRequests } from './incoming-requests.js';
import { type Carried, type CommonKind, dropHandle, Intake, type OtherFrame, throwLater } from './intake.js';
import { defaultRequestTimeout } from './order.js';
import { Outbox } from './outbox.js';
import type { OutboxEntry } from './outbox-entry.js';
import { excessError } from './outbox-errors.js';
import type { PeerHooks, PeerOptions, PeerRequestOptions, PeerSendOptions } from './peer-options.js';

/**
 * One end of a conversation with one other process: messages, and requests both ways, over a channel.
 *
 * What comes in is untrusted; whatever it is, nothing throws and other traffic goes on.
 */
export class Peer {
  readonly #channel: Channel;
  readonly #hooks: PeerHooks;
  readonly #outbox: Outbox;
  readonly #correlator: Correlator<OutboxEntry>;
  readonly #incoming: IncomingRequests;
  readonly #defaultTimeout: number;
  readonly #maxPendingRequests: number;
  readonly #limits: Limits | undefined;
  readonly #intake: Intake;
  #lateReplies = 0;
  #closed: { readonly reason: unknown } | undefined;

  constructor(channel: Channel, hooks: PeerHooks, options: PeerOptions) {
    this.#channel = channel;
    this.#hooks = hooks;
    this.#defaultTimeout = options.defaultTimeout ?? defaultRequestTimeout;
    this.#maxPendingRequests = options.maxPendingRequests ?? 100_000;
    this.#limits = options.distrust === true ? limitsOf(options) : undefined;
    this.#outbox = new Outbox(channel, { ...options, onFailure: (error, frame) => this.#sendFailed(error, frame) });
    this.#correlator = new Correlator({
      clock: options.clock,
      peer: channel.name,
      abandoned: request => this.#abandon(request),
    });
    this.#incoming = new IncomingRequests(frame => this.#outbox.post(frame));
    this.#intake = new Intake({
      expect: frames => this.#outbox.gather(frames),
      take: (kind, id, body) => this.#take(kind, id, body),
      takeWithHandle: (kind, id, carried) => this.#takeWithHandle(kind, id, carried),
      takeOther: frame => this.#takeOther(frame),
      refuse: reason => this.#refuse(reason),
    });
    channel.listen({
      received: (payload, handle) => this.#received(payload, handle),
      closed: () => this.#guard(() => hooks.closed()),
    });
  }

  get connected(): boolean {
    return this.#channel.connected;
  }

  /** Requests that wait for an answer: of ours, and of the other side. */
  get pending(): number {
    return this.#correlator.size + this.#incoming.size;
  }

  /** Requests of the other side that are being answered. */
  get answering(): number {
    return this.#incoming.size;
  }

  /** Frames that the operating system has not taken yet. */
  get queued(): number {
    return this.#outbox.pending;
  }

  /** Answers that came when nobody waited for them any longer. */
  get lateReplies(): number {
    return this.#lateReplies;
  }

  /**
   * Resolves, with `outcome`, when the operating system took the message. The promise may be ignored: a failure is also
   * told to the hook.
   */
  send(body: unknown, options?: PeerSendOptions): Promise<void>;
  send<T>(body: unknown, options: PeerSendOptions, outcome: T): Promise<T>;
  send(body: unknown, { handle, signal }: PeerSendOptions = {}, outcome?: unknown): Promise<unknown> {
    return this.#outbox.send(messageFrame(body), { handle, signal, hold: true }, outcome);
  }

  /**
   * Resolves with the answer.
   *
   * @throws {@link RequestTimeoutError} (`CLUSTER_REQUEST_TIMEOUT`), {@link BackpressureError} (`CLUSTER_BACKPRESSURE`),
   * {@link UnserializableMessageError} (`CLUSTER_UNSERIALIZABLE_MESSAGE`), what the other side threw, or the signal's reason.
   */
  request(body: unknown, options: PeerRequestOptions = {}): Promise<unknown> {
    const { timeout = this.#defaultTimeout, signal, handle, errorWhenClosed } = options;
    if (this.#closed !== undefined) return Promise.reject(errorWhenClosed?.() ?? this.#closed.reason);
    if (this.#correlator.size >= this.#maxPendingRequests) return Promise.reject(this.#tooManyRequests());

    const pending = this.#correlator.open({ type: dispatchType(body), timeout, signal, errorWhenClosed });
    if (this.#correlator.has(pending.id)) {
      pending.context = this.#outbox.post(requestFrame(pending.id, body), { handle, hold: true });
    }
    return pending.reply;
  }

  /** Sends a frame of the library's own, past the cork. Its promise may be ignored. */
  control(frame: ControlFrame): Promise<void> {
    return this.#outbox.send(frame);
  }

  /** Sends a message that goes to others too; the broadcast is told what becomes of it. */
  cast(broadcast: SharedFrame, options?: PeerSendOptions): void {
    this.#outbox.cast(broadcast, options);
  }

  /** From now on messages and requests wait; answers and control frames do not. */
  cork(): void {
    this.#outbox.cork();
  }

  /** Sends what waited, in order. */
  uncork(): void {
    this.#outbox.uncork();
  }

  /** Resolves when the operating system took everything, or refused it. */
  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  /** Resolves when at most half of what may wait does. */
  room(): Promise<void> {
    return this.#outbox.room();
  }

  /** Hands what is queued to the channel now: best effort, for when the process exits. */
  flushSync(): void {
    this.#outbox.flushSync();
  }

  /**
   * Ends the conversation: rejects everything that waits with `error` and aborts the requests that are being answered.
   * The channel is its owner's, and stays as it is.
   */
  close(error: unknown): void {
    if (this.#closed !== undefined) return;

    this.#closed = { reason: error };
    this.#correlator.close(error);
    this.#outbox.close(error);
    this.#incoming.close(error);
  }

  #received(payload: unknown, handle: SendHandle | undefined): void {
    if (this.#closed === undefined) this.#intake.received(payload, handle);
    else dropHandle(handle);
  }

  #take(kind: CommonKind, id: number, body: unknown): void {
    const excess = this.#limits && findExcess(body, this.#limits);
    if (excess) this.#refuseExcess(kind, id, excess);
    else if (kind === FrameKind.message) this.#hooks.message(body, undefined);
    else if (kind === FrameKind.request) this.#asked(id, { body, handle: undefined });
    else if (kind === FrameKind.reply) this.#answered(id, this.#correlator.settle(id, body));
    else this.#refuse('an item of a stream, which nobody opened');
  }

  #takeWithHandle(kind: CommonKind, id: number, carried: Carried): void {
    const excess = this.#limits && findExcess(carried.body, this.#limits);
    if (excess) {
      dropHandle(carried.handle);
      this.#refuseExcess(kind, id, excess);
    } else if (kind === FrameKind.message) this.#hooks.message(carried.body, carried.handle);
    else this.#asked(id, carried);
  }

  #takeOther(frame: OtherFrame): void {
    switch (frame[0]) {
      case FrameKind.error:
        this.#answered(frame[1], this.#correlator.fail(frame[1], fromWireError(frame[2])));
        break;
      case FrameKind.abort:
        this.#incoming.abort(frame[1]);
        break;
      case FrameKind.open:
      case FrameKind.credit:
      case FrameKind.end:
      case FrameKind.cancel:
        this.#refuse('a frame of a stream, which nobody opened');
        break;
      default:
        this.#hooks.control(frame);
    }
  }

  /** Whoever waits for an answer is told, too. */
  #refuseExcess(kind: CommonKind, id: number, excess: Excess): void {
    this.#refuse(excess === 'depth' ? 'a message that is nested too deep' : 'a message that is too large');
    const error = excessError(excess, this.#limits ?? defaultLimits);
    if (kind === FrameKind.request) this.#outbox.post(errorFrame(id, toWireError(error)));
    else if (kind === FrameKind.reply) this.#correlator.fail(id, error);
  }

  #asked(id: number, { body, handle }: AskedFor): void {
    const full = this.#incoming.size >= this.#maxPendingRequests;
    const request = this.#incoming.open(id, body, handle);
    if (request === undefined || full) dropHandle(handle);
    if (request === undefined) {
      this.#refuse('a request whose id is in use');
      return;
    }
    if (full) {
      request.fail(this.#tooManyRequests());
      return;
    }
    try {
      this.#hooks.request(request);
    } catch (error) {
      request.fail(error);
    }
  }

  #answered(id: number, waited: boolean): void {
    if (waited) return;

    if (this.#correlator.wasOpened(id)) this.#lateReplies++;
    else this.#refuse('an answer to a request that was never made');
  }

  #abandon({ id, context }: PendingRequest<OutboxEntry>): void {
    if (context === undefined || !this.#outbox.withdraw(context)) this.#outbox.post(abortFrame(id));
  }

  #sendFailed(error: unknown, frame: Frame): void {
    if (frame[0] === FrameKind.message) this.#guard(() => this.#hooks.sendFailed(error, frame[2]));
    else if (frame[0] === FrameKind.request) this.#requestFailed(error, frame[1]);
    else if (frame[0] === FrameKind.reply && error instanceof UnserializableMessageError) {
      this.#outbox.post(errorFrame(frame[1], toWireError(error)));
    }
  }

  #requestFailed(error: unknown, id: number): void {
    if (error instanceof ChannelClosedError) this.#correlator.lose(id, error);
    else this.#correlator.fail(id, error);
  }

  #refuse(reason: string): void {
    this.#guard(() => this.#hooks.violation(reason));
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      throwLater(error);
    }
  }

  #tooManyRequests(): BackpressureError {
    const { name } = this.#channel;
    const limit = 'maxPendingRequests';
    return new BackpressureError(`Too many requests are open between here and ${name} (\`${limit}\`)`, {
      peer: name,
      limit,
    });
  }
}

/** A request of the other side. */
interface AskedFor {
  readonly body: unknown;
  readonly handle: SendHandle | undefined;
}
