import type { SendHandle } from 'node:child_process';
import { ChannelClosedError } from '../errors/errors.js';
import { fromWireError, toWireError } from '../errors/wire-error.js';
import { dispatchType } from '../protocol/dispatch.js';
import {
  abortFrame,
  type ControlFrame,
  errorFrame,
  type Frame,
  FrameKind,
  messageFrame,
  type OpenFrame,
  requestFrame,
} from '../protocol/frame.js';
import type { CommonKind } from '../protocol/frame-run.js';
import type { Serialization } from '../protocol/json-safe.js';
import { defaultLimits, type Excess, limitsOf, Scale } from '../protocol/limits.js';
import type { SharedFrame } from './broadcast.js';
import type { Channel } from './channel.js';
import { Correlator, type PendingRequest } from './correlator.js';
import type { IncomingCall } from './incoming-call.js';
import { IncomingRequests } from './incoming-requests.js';
import { type Carried, dropHandle, guard, Intake, type OtherFrame } from './intake.js';
import { Outbox } from './outbox.js';
import type { OutboxEntry } from './outbox-entry.js';
import { excessError, tooManyRequests } from './outbox-errors.js';
import type { ControlOptions } from './outbox-options.js';
import { boundsOf, type PeerBounds } from './peer-bounds.js';
import type { PeerHooks, PeerOptions, PeerRequestOptions, PeerSendOptions, PeerStreamOptions } from './peer-options.js';
import { StoreLine } from './store-line.js';
import { type ItemStream, StreamReader } from './stream-reader.js';
import { type Opening, Streams } from './streams.js';

/**
 * One end of a conversation with one other process: messages, requests and streams both ways, over a channel.
 *
 * What comes in is untrusted; whatever it is, nothing throws and other traffic goes on.
 */
export class Peer {
  /** What messages may hold. */
  readonly carries: Serialization;
  readonly storage: StoreLine;
  readonly #channel: Channel;
  readonly #hooks: PeerHooks;
  readonly #outbox: Outbox;
  readonly #correlator: Correlator<OutboxEntry>;
  readonly #incoming: IncomingRequests;
  readonly #streams: Streams;
  readonly #bounds: PeerBounds;
  readonly #scale: Scale | undefined;
  readonly #intake: Intake;
  #lateReplies = 0;
  #closed: { readonly reason: unknown } | undefined;

  constructor(channel: Channel, hooks: PeerHooks, options: PeerOptions) {
    this.carries = channel.serialization;
    this.#channel = channel;
    this.#hooks = hooks;
    this.#bounds = boundsOf(options);
    this.#scale = options.distrust === true ? new Scale(limitsOf(options)) : undefined;
    this.#outbox = new Outbox(channel, { ...options, onFailure: (error, frame) => this.#sendFailed(error, frame) });
    this.storage = new StoreLine(this.#outbox, hooks);
    const { clock } = options;
    const peer = channel.name;
    this.#correlator = new Correlator({ clock, peer, abandoned: request => this.#abandon(request) });
    this.#incoming = new IncomingRequests(frame => this.#outbox.post(frame));
    const [outbox, refuse] = [this.#outbox, (reason: string) => this.#refuse(reason)];
    this.#streams = new Streams({ outbox, refuse, peer });
    this.#intake = new Intake({
      expect: frames => {
        this.#scale?.begin();
        this.#outbox.gather(frames);
      },
      take: (kind, id, body) => this.#take(kind, id, body),
      takeWithHandle: (kind, id, carried) => this.#takeWithHandle(kind, id, carried),
      takeOther: (frame, handle) => this.#takeOther(frame, handle),
      refuse,
    });
    channel.listen({
      received: (payload, handle) => (this.#closed ? dropHandle(handle) : this.#intake.received(payload, handle)),
      closed: () => guard(() => hooks.closed()),
    });
  }

  get connected(): boolean {
    return this.#channel.connected;
  }

  /** Requests that wait for an answer and streams that are open: of ours, and of the other side. */
  get pending(): number {
    return this.#asking + this.answering;
  }

  /** Requests and streams of the other side that are being answered. */
  get answering(): number {
    return this.#incoming.size + this.#streams.incoming.size;
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
    const { timeout = this.#bounds.timeout, signal, handle, errorWhenClosed } = options;
    if (this.#closed !== undefined) return Promise.reject(errorWhenClosed?.() ?? this.#closed.reason);
    if (this.#asking >= this.#bounds.mostPending) return Promise.reject(tooManyRequests(this.#channel));

    const pending = this.#correlator.open({ type: dispatchType(body), timeout, signal, errorWhenClosed });
    if (this.#correlator.has(pending.id)) {
      pending.context = this.#outbox.post(requestFrame(pending.id, body), { handle, hold: true });
    }
    return pending.reply;
  }

  /** The items of a stream, which opens with the first `next()`. It ends with the errors that {@link request} rejects with. */
  stream(body: unknown, { signal, window, ...options }: PeerStreamOptions = {}): ItemStream<unknown> {
    return new StreamReader({ signal, window, open: reader => this.open(body, { ...options, reader }) });
  }

  /** Opens a stream for a reader, which is told if that cannot be. */
  open(body: unknown, opening: Opening): void {
    const { reader, errorWhenClosed } = opening;
    if (this.#closed !== undefined) reader.end({ reason: errorWhenClosed?.() ?? this.#closed.reason });
    else if (this.#asking >= this.#bounds.mostPending) reader.end({ reason: tooManyRequests(this.#channel) });
    else this.#streams.open(body, opening);
  }

  /** Sends a frame of our own, past the cork unless held; an urgent one overtakes what waits. Its promise may be ignored. */
  control(frame: ControlFrame, { hold = false, urgent = false, handle }: ControlOptions = {}): Promise<void> {
    return urgent ? this.#outbox.hurry(frame) : this.#outbox.send(frame, { hold, limited: false, handle });
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
   * Ends the conversation: rejects everything that waits with `error` and aborts what is being answered.
   * The channel is its owner's, and stays as it is.
   */
  close(error: unknown): void {
    if (this.#closed !== undefined) return;

    this.#closed = { reason: error };
    this.#correlator.close(error);
    this.#streams.close(error);
    this.#outbox.close(error);
    this.#incoming.close(error);
  }

  get #asking(): number {
    return this.#correlator.size + this.#streams.reading;
  }

  #take(kind: CommonKind, id: number, body: unknown): void {
    const excess = this.#scale?.excess(body);
    if (this.#outbox.pending > this.#bounds.mostUnread) this.#refuse('more than is read of the answers');
    else if (excess) this.#refuseExcess(kind, id, excess);
    else if (kind === FrameKind.message) this.#hooks.message(body, undefined);
    else if (kind === FrameKind.request) this.#ask(this.#incoming.open(id, body, undefined), undefined);
    else if (kind === FrameKind.reply) this.#answered(id, this.#correlator.settle(id, body));
    else if (kind === FrameKind.item) this.#streams.item(id, body);
    else if (!this.storage.take(id, body)) this.#refuse('a frame about storage');
  }

  #takeWithHandle(kind: CommonKind, id: number, { body, handle }: Carried): void {
    const excess = this.#scale?.excess(body);
    if (excess) {
      dropHandle(handle);
      this.#refuseExcess(kind, id, excess);
    } else if (kind === FrameKind.message) this.#hooks.message(body, handle);
    else this.#ask(this.#incoming.open(id, body, handle), handle);
  }

  #takeOther(frame: OtherFrame, handle: SendHandle | undefined): void {
    switch (frame[0]) {
      case FrameKind.error:
        this.#answered(frame[1], this.#correlator.fail(frame[1], fromWireError(frame[2])));
        break;
      case FrameKind.abort:
        this.#incoming.abort(frame[1]);
        break;
      case FrameKind.open:
        this.#takeOpen(frame);
        break;
      case FrameKind.credit:
      case FrameKind.end:
      case FrameKind.cancel:
        this.#streams.take(frame);
        break;
      default:
        this.#hooks.control(frame, handle);
    }
  }

  #takeOpen(frame: OpenFrame): void {
    const [kind, id, , body] = frame;
    const excess = this.#scale?.excess(body);
    if (excess) this.#refuseExcess(kind, id, excess);
    else this.#ask(this.#streams.incoming.open(frame), undefined);
  }

  /** Whoever waits for an answer is told, too. */
  #refuseExcess(kind: CommonKind | OpenFrame[0], id: number, excess: Excess): void {
    this.#refuse(excess === 'depth' ? 'a message that is nested too deep' : 'a message that is too large');
    const error = excessError(excess, this.#scale?.limits ?? defaultLimits);
    if (kind === FrameKind.request) this.#outbox.post(errorFrame(id, toWireError(error)));
    else if (kind === FrameKind.reply) this.#correlator.fail(id, error);
    else if (kind === FrameKind.open) this.#streams.incoming.refuse(id, error);
    else if (kind === FrameKind.item) this.#streams.fail(id, error);
    else if (kind === FrameKind.store) this.storage.failed(id, error);
  }

  #ask(call: IncomingCall | undefined, handle: SendHandle | undefined): void {
    const full = this.answering > this.#bounds.mostPending;
    if (call === undefined || full) dropHandle(handle);
    if (call === undefined) {
      this.#refuse('a request whose id is in use');
      return;
    }
    try {
      if (full) throw tooManyRequests(this.#channel);
      this.#hooks.request(call);
    } catch (error) {
      call.fail(error);
    }
  }

  #answered(id: number, waited: boolean): void {
    if (!waited && this.#correlator.wasOpened(id)) this.#lateReplies++;
    else if (!waited) this.#refuse('an answer to a request that was never made');
  }

  #abandon({ id, context }: PendingRequest<OutboxEntry>): void {
    if (context === undefined || !this.#outbox.withdraw(context)) this.#outbox.post(abortFrame(id));
  }

  #sendFailed(error: unknown, frame: Frame): void {
    const isGone = error instanceof ChannelClosedError;
    if (frame[0] === FrameKind.message) guard(() => this.#hooks.sendFailed(error, frame[2]));
    else if (frame[0] === FrameKind.request) this.#correlator[isGone ? 'lose' : 'fail'](frame[1], error);
    else if (frame[0] === FrameKind.reply && !isGone) this.#outbox.post(errorFrame(frame[1], toWireError(error)));
    else if (frame[0] === FrameKind.open) this.#streams.openFailed(frame[1], error);
    else if (frame[0] === FrameKind.item) this.#streams.incoming.itemFailed(frame[1], error);
    else if (frame[0] === FrameKind.store) guard(() => this.storage.failed(frame[1], error));
  }

  #refuse(reason: string): void {
    guard(() => this.#hooks.violation(reason));
  }
}
