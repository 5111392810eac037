import type { SendHandle } from 'node:child_process';
import type { PeerRequestOptions } from '../channel/peer-options.js';
import type { StreamReader } from '../channel/stream-reader.js';
import { toWireError } from '../errors/wire-error.js';
import { activateFrame, type ControlFrame, FrameKind, type Stop, stopFrame } from '../protocol/frame.js';
import type { ListeningAddress } from '../protocol/serving.js';
import type { ExitRecord, StopCause } from '../supervision/exit-record.js';
import { Status, type StatusChange } from '../supervision/status.js';
import type { Timer } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { guardChannel } from './channel-guard.js';
import { type Conversation, converse } from './conversation.js';
import { exitedError, type ProcessEnd } from './exit-errors.js';
import { ExitNotes } from './exit-notes.js';
import { LastWords } from './last-words.js';
import { type Liveness, watchOver } from './liveness.js';
import { PlacedProcess } from './placed-process.js';
import { StopLadder } from './stop-ladder.js';
import type { VitalSigns } from './vital-signs.js';
import type { ProcessBehindHandle, WorkerHandle, WorkerState } from './worker-handle.js';
import { hooksFor } from './worker-hooks.js';
import type { WorkerProcessParts } from './worker-process-parts.js';

/** One forked process: its state, the conversation with it, and the ladder by which it is stopped. */
export class WorkerProcess extends PlacedProcess implements ProcessBehindHandle {
  readonly handle: WorkerHandle;
  readonly conversation: Conversation;
  readonly exited = new Deferred<ExitRecord>();
  readonly stopping = () => ({ cause: this.#notes.cause, next: this.#ladder.next });
  readonly #parts: WorkerProcessParts;
  readonly #ladder: StopLadder;
  readonly #liveness: Liveness;
  readonly #lastWords: LastWords;
  readonly #notes = new ExitNotes();
  readonly #status = new Status(() => this.conversation.pending > 0);
  #bootTimer: Timer;
  readonly #gone = () => exitedError({ workerId: this.node.id, name: this.slot.name }, this.#end);
  #state: WorkerState = 'starting';
  #greeted = false;
  #disconnected = false;
  #isLeaving = false;
  #stopTimeout = Number.POSITIVE_INFINITY;
  #end: ProcessEnd | undefined;

  constructor(parts: WorkerProcessParts) {
    super(parts);
    const { node, slot, clock, limits } = parts;
    this.#parts = parts;
    this.#ladder = new StopLadder(node.process, clock, () => this.#enter('stopping'));
    this.handle = parts.handle(this);
    const hooks = hooksFor(parts.talk, this.handle, {
      message: (body, handle) => this.#receive(body, handle),
      control: frame => this.#control(frame),
    });
    this.conversation = converse(node.process, hooks, { ...parts, bounds: limits, name: slot.name });
    this.conversation.cork();
    this.#liveness = watchOver(parts, this.conversation, stack => this.#hung(stack));
    this.#lastWords = new LastWords(clock, node.process.stderr, {
      silent: () => this.conversation.close(this.#gone()),
      over: () => this.#finish(),
    });
    this.#bootTimer = this.#awaitReady();
    this.#listen();
  }

  get vitals(): VitalSigns {
    return this.#liveness.vitals;
  }

  get state(): WorkerState {
    return this.#state;
  }

  get status(): string {
    return this.#status.shown;
  }

  /** Whether somebody asked this process to stop. */
  get isStopping(): boolean {
    return this.#notes.cause !== undefined;
  }

  /** Stops the process: asks, then SIGTERM after `timeout`, then SIGKILL. A second call can only shorten the wait. */
  stop(cause: StopCause, timeout = this.#parts.limits.drainTimeout): void {
    if (this.#state === 'exited') return;

    const { killTimeout } = this.#parts.limits;
    if (!this.#notes.cause) this.#ask(cause, timeout);
    else if (this.#parts.readyOn === 'hello') this.#sayStop(timeout);
    this.#ladder.climb({ drainTimeout: timeout, killTimeout });
  }

  override moveTo(...place: Parameters<PlacedProcess['moveTo']>): void {
    super.moveTo(...place);
    if (this.#state !== 'standby') return;

    this.#state = 'online';
    this.#notes.standsBy = false;
    this.#bootTimer = this.#awaitReady();
    void this.conversation.control(activateFrame({ name: this.slot.name, slot: this.slot.index }));
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
    this.#notes.cause = cause;
    this.#enter('draining');
    if (this.#parts.readyOn === 'hello') this.#sayStop(timeout);
    else if (this.node.isConnected()) this.node.disconnect();
  }

  /** Before its hello a worker hears nothing; to disconnect it then would let a `listen()` of it wait for ever. */
  #sayStop(timeout: number): void {
    this.#stopTimeout = timeout;
    if (this.#notes.cause && this.#greeted) void this.conversation.control(stopFrame(this.#notes.cause, timeout));
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
    if (this.#parts.readyOn === 'message' && body === 'ready' && !this.#notes.wasReady) this.#becomeReady();
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
        this.#liveness.take(frame[2]);
        this.count(frame[2]?.handled);
        break;
      case FrameKind.ready:
        this.#becomeReady();
        break;
      case FrameKind.standby:
        this.#standBy();
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
    if (error !== undefined) this.#notes.error = toWireError(error);
    // One that fails is about to end by itself; but if it says so and lives on, somebody has to end it.
    const { drainTimeout } = this.#parts.limits;
    this.#ladder.allow({ ...this.#parts.limits, drainTimeout: error === undefined ? timeout : drainTimeout });
  }

  get #canBegin(): boolean {
    const { wasReady, cause, bootTimedOut } = this.#notes;
    return !(wasReady || this.#isLeaving || cause || bootTimedOut || this.#disconnected);
  }

  #standBy(): void {
    if (!this.#canBegin || this.slot.role !== 'standby' || this.#state === 'standby') return;

    this.#bootTimer.cancel();
    this.#liveness.begin();
    this.#notes.standsBy = true;
    this.#enter('standby');
    this.#parts.life.standingBy(this);
  }

  #becomeReady(): void {
    // A spare worker is told when.
    if (!this.#canBegin || this.slot.role === 'standby') return;

    this.#notes.readyAt = this.uptime;
    this.#bootTimer.cancel();
    this.#tellStatus(this.#status.becomeReady());
    this.#enter('ready');
    // A worker of ours has said hello before; a raw one listens from now on.
    this.conversation.uncork();
    this.#liveness.begin();
    this.#parts.life.ready(this);
  }

  #hung(stack: readonly string[] | undefined): void {
    if (!this.#parts.talk.hung(this.handle, stack)) return;

    this.#liveness.end();
    this.#notes.hung(stack);
    this.#ladder.kill();
  }

  #tellStatus(change: StatusChange | undefined): void {
    if (change) this.#parts.talk.status(this.handle, change.from, change.to);
  }

  #enter(state: WorkerState): void {
    const from = this.#state;
    if (from === state || from === 'exited' || (from === 'stopping' && state === 'draining')) return;

    this.#state = state;
    if (from === 'ready') this.#parts.life.left(this);
    else if (from === 'standby') this.#parts.life.standsDown(this);
  }

  #awaitReady(): Timer {
    return this.#parts.clock.after(this.#parts.limits.readyTimeout, () => {
      this.#notes.bootTimedOut = true;
      this.#ladder.climb({ drainTimeout: 0, killTimeout: 0 });
    });
  }

  #failed(error: unknown): void {
    this.#parts.talk.failed(this.handle, error);
    // A process that could not be spawned has no pid and never exits.
    if (this.node.process.pid !== undefined) return;

    this.#notes.error = toWireError(error);
    this.#processExited(null, null);
  }

  /** Unreachable from now on: if nobody asked it to stop, it has as long as if somebody had. */
  #channelClosed(): void {
    if (this.#disconnected) return;

    this.#disconnected = true;
    this.#liveness.end();
    this.#enter('stopping');
    this.#parts.talk.disconnected(this.handle);
    if (!this.#end) this.#ladder.climb(this.#parts.limits);
    this.#lastWords.channelClosed();
  }

  #processExited(code: number | null, signal: string | null): void {
    if (this.#end) return;

    this.#end = { code, signal };
    this.#enter('stopping');
    this.#bootTimer.cancel();
    this.#ladder.stop();
    this.#liveness.close();
    this.#lastWords.exited();
  }

  #finish(): void {
    if (this.#state === 'exited' || !this.#end) return;

    this.conversation.close(this.#gone());
    this.#enter('exited');
    if (!this.#disconnected) {
      this.#disconnected = true;
      // Held open by a grandchild, the channel would keep this process alive as long as that.
      if (this.node.isConnected()) this.node.process.disconnect();
      this.#parts.talk.disconnected(this.handle);
    }
    const { uptime, vitals, node } = this;
    const facts = { uptime, rung: this.#ladder.rung, memory: vitals.memory, stderr: this.#lastWords.stderr };
    const exit = this.#notes.record({ ...this.#end, workerId: node.id, pid: node.process.pid, ...facts });
    this.exited.resolve(exit);
    this.#parts.life.exited(this, exit);
  }
}
