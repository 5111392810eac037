import type { SendHandle } from 'node:child_process';
import type { Worker } from 'node:cluster';
import type { PeerHooks, PeerRequestOptions } from '../channel/peer-options.js';
import type { StreamReader } from '../channel/stream-reader.js';
import { toWireError } from '../errors/wire-error.js';
import { beatFrame, type ControlFrame, FrameKind, type Stop, stopFrame } from '../protocol/frame.js';
import { type ExitRecord, type ExitReport, exitRecord, type StopCause } from '../supervision/exit-record.js';
import type { Slot } from '../supervision/slot.js';
import { Status, type StatusChange } from '../supervision/status.js';
import type { Timer } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { guardChannel } from './channel-guard.js';
import { type Conversation, converse } from './conversation.js';
import { exitedError, type ProcessEnd } from './exit-errors.js';
import { StopLadder } from './stop-ladder.js';
import { VitalSigns } from './vital-signs.js';
import type { ProcessBehindHandle, WorkerHandle, WorkerState } from './worker-handle.js';
import type { ListeningAddress } from './worker-observers.js';
import type { WorkerProcessParts } from './worker-process-parts.js';

/** After the operating system's exit the channel is read on for this long: a grandchild may hold it open for ever. */
const lastWordsTimeout = 50;

/** One forked process: its state, the conversation with it, and the ladder by which it is stopped. */
export class WorkerProcess implements ProcessBehindHandle {
  readonly slot: Slot;
  readonly generation: number;
  readonly node: Worker;
  readonly handle: WorkerHandle;
  readonly conversation: Conversation;
  readonly vitals: VitalSigns;
  readonly exited = new Deferred<ExitRecord>();
  readonly #parts: WorkerProcessParts;
  readonly #ladder: StopLadder;
  readonly #forkedAt: number;
  readonly #bootTimer: Timer;
  readonly #status = new Status(() => this.conversation.pending > 0);
  readonly #gone = () => exitedError({ workerId: this.node.id, name: this.slot.name }, this.#end);
  #state: WorkerState = 'starting';
  #wasReady = false;
  #greeted = false;
  #disconnected = false;
  #bootTimedOut = false;
  #isLeaving = false;
  #cause: StopCause | undefined;
  #stopTimeout = Number.POSITIVE_INFINITY;
  #report: ExitReport['error'];
  #end: ProcessEnd | undefined;
  #lastWords: Timer | undefined;

  constructor(parts: WorkerProcessParts) {
    const { node, slot, clock, limits, talk } = parts;
    this.node = node;
    this.slot = slot;
    this.generation = slot.generation;
    this.#parts = parts;
    this.#forkedAt = clock.now();
    this.#ladder = new StopLadder(node.process, clock, () => this.#enter('stopping'));
    this.handle = parts.handle(this);
    const hooks: PeerHooks = {
      message: (body, handle) => this.#receive(body, handle),
      request: request => talk.request(this.handle, request),
      control: frame => this.#control(frame),
      violation: reason => talk.violation(this.handle, reason),
      sendFailed: (error, message) => talk.sendFailed(this.handle, error, message),
      closed: () => {},
    };
    this.conversation = converse(node.process, hooks, { ...parts, bounds: limits, name: slot.name });
    this.conversation.cork();
    this.vitals = new VitalSigns(clock, interval => void this.conversation.control(beatFrame(0, { interval })));
    this.#bootTimer = clock.after(limits.readyTimeout, () => this.#bootTooSlow());
    this.#listen();
  }

  get state(): WorkerState {
    return this.#state;
  }

  get status(): string {
    return this.#status.shown;
  }

  /** Milliseconds since the fork. */
  get uptime(): number {
    return this.#parts.clock.now() - this.#forkedAt;
  }

  /** Whether somebody asked this process to stop. */
  get isStopping(): boolean {
    return this.#cause !== undefined;
  }

  /** Stops the process: asks, then SIGTERM after `timeout`, then SIGKILL. A second call can only shorten the wait. */
  stop(cause: StopCause, timeout = this.#parts.limits.drainTimeout): void {
    if (this.#state === 'exited') return;

    const { killTimeout } = this.#parts.limits;
    if (!this.#cause) this.#ask(cause, timeout);
    else if (this.#parts.readyOn === 'hello') this.#sayStop(timeout);
    this.#ladder.climb({ drainTimeout: timeout, killTimeout });
  }

  request(message: unknown, { handle, signal, timeout }: PeerRequestOptions): Promise<unknown> {
    const options = { handle, signal, timeout, errorWhenClosed: this.#gone };
    return this.#parts.checkedReply(message, this.conversation.request(message, options));
  }

  openStream(message: unknown, reader: StreamReader): void {
    const check = this.#parts.itemCheck(message);
    this.conversation.open(message, { reader, check, errorWhenClosed: this.#gone });
  }

  #ask(cause: StopCause, timeout: number): void {
    this.#cause = cause;
    this.#enter('draining');
    if (this.#parts.readyOn === 'hello') this.#sayStop(timeout);
    else if (this.node.isConnected()) this.node.disconnect();
  }

  /** Before its hello a worker hears nothing; to disconnect it then would let a `listen()` of it wait for ever. */
  #sayStop(timeout: number): void {
    this.#stopTimeout = timeout;
    if (this.#cause && this.#greeted) void this.conversation.control(stopFrame(this.#cause, timeout));
  }

  #listen(): void {
    const { process } = this.node;
    guardChannel(process, error => {
      this.#parts.talk.violation(this.handle, `a message in Node's own name: ${String(error)}`);
    });
    this.node.once('online', () => this.#online());
    this.node.on('listening', address => this.#listening(address));
    // Node passes the process's errors on to its worker, where they need a listener.
    this.node.on('error', error => this.#failed(error));
    process.once('disconnect', () => this.#channelClosed());
    process.once('exit', (code, signal) => this.#processExited(code, signal));
  }

  #online(): void {
    if (this.#state === 'starting') this.#enter('online');
    this.#parts.talk.online(this.handle);
    if (this.#parts.readyOn === 'online') this.#becomeReady();
  }

  #listening(address: ListeningAddress): void {
    this.#parts.talk.listening(this.handle, address);
    if (this.#parts.readyOn === 'listening') this.#becomeReady();
  }

  #receive(body: unknown, handle: SendHandle | undefined): void {
    if (this.#parts.readyOn === 'message' && body === 'ready' && !this.#wasReady) this.#becomeReady();
    else this.#parts.talk.message(this.handle, body, handle);
  }

  #control(frame: ControlFrame): void {
    switch (frame[0]) {
      case FrameKind.hello:
        this.#greeted = true;
        this.#sayStop(this.#stopTimeout);
        this.conversation.uncork();
        this.vitals.canReport();
        break;
      case FrameKind.beat:
        this.vitals.take(frame[2]);
        break;
      case FrameKind.ready:
        this.#becomeReady();
        break;
      case FrameKind.status:
        this.#tellStatus(this.#status.say(frame[2]));
        break;
      case FrameKind.stop:
        this.#leaves(frame[2]);
        break;
      default:
        this.#parts.talk.control(this.handle, frame);
    }
  }

  /** By itself, in a time of its own, or because of an error. */
  #leaves({ error, timeout = Number.POSITIVE_INFINITY }: Stop): void {
    this.#isLeaving = true;
    this.#enter('draining');
    if (error !== undefined) this.#report = toWireError(error);
    else this.#ladder.allow({ ...this.#parts.limits, drainTimeout: timeout });
  }

  #becomeReady(): void {
    if (this.#wasReady || this.#isLeaving || this.#cause || this.#bootTimedOut || this.#disconnected) return;

    this.#wasReady = true;
    this.#bootTimer.cancel();
    this.#tellStatus(this.#status.becomeReady());
    this.#enter('ready');
    // A worker of ours has said hello before; a raw one listens from now on.
    this.conversation.uncork();
    this.#parts.life.ready(this);
  }

  #tellStatus(change: StatusChange | undefined): void {
    if (change) this.#parts.talk.status(this.handle, change.from, change.to);
  }

  #enter(state: WorkerState): void {
    const from = this.#state;
    if (from === state || from === 'exited' || (from === 'stopping' && state === 'draining')) return;

    this.#state = state;
    if (from === 'ready') this.#parts.life.left(this);
  }

  #bootTooSlow(): void {
    this.#bootTimedOut = true;
    this.#ladder.climb({ drainTimeout: 0, killTimeout: 0 });
  }

  #failed(error: unknown): void {
    this.#parts.talk.failed(this.handle, error);
    // A process that could not be spawned has no pid and never exits.
    if (this.node.process.pid !== undefined) return;

    this.#report = toWireError(error);
    this.#processExited(null, null);
  }

  /** Unreachable from now on: if nobody asked it to stop, it has as long as if somebody had. */
  #channelClosed(): void {
    if (this.#disconnected) return;

    this.#disconnected = true;
    this.#enter('stopping');
    this.#parts.talk.disconnected(this.handle);
    if (this.#end) {
      this.#finish();
      return;
    }

    this.#ladder.climb(this.#parts.limits);
    this.#lastWords = this.#parts.clock.after(lastWordsTimeout, () => this.conversation.close(this.#gone()));
  }

  #processExited(code: number | null, signal: string | null): void {
    if (this.#end) return;

    this.#end = { code, signal };
    this.#enter('stopping');
    this.#bootTimer.cancel();
    this.#ladder.stop();
    this.#lastWords?.cancel();
    if (this.#disconnected) this.#finish();
    else this.#lastWords = this.#parts.clock.after(lastWordsTimeout, () => this.#finish());
  }

  #finish(): void {
    if (this.#state === 'exited' || !this.#end) return;

    this.#lastWords?.cancel();
    this.conversation.close(this.#gone());
    this.#enter('exited');
    if (!this.#disconnected) {
      this.#disconnected = true;
      // Held open by a grandchild, the channel would keep this process alive as long as that.
      if (this.node.isConnected()) this.node.process.disconnect();
      this.#parts.talk.disconnected(this.handle);
    }
    const exit = this.#exitRecord(this.#end);
    this.exited.resolve(exit);
    this.#parts.life.exited(this, exit);
  }

  #exitRecord(end: ProcessEnd): ExitRecord {
    return exitRecord({
      ...end,
      intent: this.#cause,
      wasReady: this.#wasReady,
      bootTimedOut: this.#bootTimedOut,
      error: this.#report,
      uptime: this.uptime,
      rung: this.#cause || this.#bootTimedOut ? this.#ladder.rung : undefined,
    });
  }
}
