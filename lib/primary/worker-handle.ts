import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:cluster';
import { checkRequestToOne, checkSendToOne, checkStreamToOne } from '../channel/order.js';
import type { PeerRequestOptions } from '../channel/peer-options.js';
import { type ItemStream, StreamReader } from '../channel/stream-reader.js';
import { checkKnown, checkOption } from '../errors/check-option.js';
import type {
  AnyProtocol,
  Outgoing,
  Protocol,
  Reply,
  RequestPayload,
  RequestTypeOf,
  StreamItem,
  StreamTypeOf,
  TypeOf,
} from '../protocol/protocol.js';
import type { ExitRecord, StopCause } from '../supervision/exit-record.js';
import type { Slot } from '../supervision/slot.js';
import { type Abortable, waitOrAbort } from '../util/abortable.js';
import { number, record } from '../util/check.js';
import { ignorable } from '../util/ignorable.js';
import type { Conversation } from './conversation.js';
import type { Tally } from './statistics.js';
import type { NextSignal } from './stop-ladder.js';
import type { VitalSigns } from './vital-signs.js';
import type { WorkerRequestOrder, WorkerSendOrder, WorkerStreamOrder } from './worker-orders.js';

/** Where a worker is in its life. */
export type WorkerState = 'starting' | 'online' | 'ready' | 'standby' | 'draining' | 'stopping' | 'exited';

/** The process behind a handle. @internal */
export interface ProcessBehindHandle {
  readonly node: Worker;
  readonly slot: Slot;
  readonly generation: number;
  readonly state: WorkerState;
  readonly status: string;
  readonly uptime: number;
  readonly isStopping: boolean;
  /** Why it was asked to stop, if it was, and the signal that is due unless it ends before. */
  readonly stopping: () => { readonly cause: StopCause | undefined; readonly next: NextSignal | undefined };
  /** That of its slot. */
  readonly tally: Tally;
  readonly vitals: VitalSigns;
  readonly conversation: Conversation;
  readonly handle: WorkerHandle;
  readonly exited: { readonly promise: Promise<ExitRecord> };
  stop(cause: StopCause, timeout?: number): void;
  /** The spare process belongs to this slot from now on, and begins to take work. */
  moveTo(slot: Slot, generation: number, tally: Tally): void;
  /** Resolves with the reply, if it fits its schema. */
  request(message: unknown, options: PeerRequestOptions): Promise<unknown>;
  /** The reader gets the items, as long as they fit their schema. */
  openStream(message: unknown, reader: StreamReader): void;
}

/** What a handle can ask of the supervisor that made it. */
export interface HandleControl {
  /** Resolves with the worker that has taken the place of this one. */
  recycle(worker: ProcessBehindHandle): Promise<WorkerHandle>;
  retire(worker: ProcessBehindHandle, cause: StopCause, timeout?: number): Promise<ExitRecord>;
}

/** The process behind a handle, for the library's own use. @internal */
export let processOf: (handle: WorkerHandle) => ProcessBehindHandle;

/**
 * A worker as the primary sees it: one process, from its fork to its exit.
 *
 * When the process is replaced the replacement has a handle of its own, with the same `slot` and `name`.
 */
export class WorkerHandle<P extends Protocol = AnyProtocol> {
  readonly #process: ProcessBehindHandle;
  readonly #control: HandleControl;

  static {
    processOf = handle => handle.#process;
  }

  /** @internal */
  constructor(process: ProcessBehindHandle, control: HandleControl) {
    this.#process = process;
    this.#control = control;
  }

  /** Unique in this process, never used again; the same as Node's `worker.id`. */
  get id(): number {
    return this.#process.node.id;
  }

  /** `undefined` when the process could not be spawned. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  get group(): string {
    return this.#process.slot.group;
  }

  /** The place in the group, from 0; a replacement has the same, and a spare worker when it takes over. */
  get slot(): number {
    return this.#process.slot.index;
  }

  /** Unique among the living; a replacement has the same. */
  get name(): string {
    return this.#process.slot.name;
  }

  /** For people: `name (id)`. */
  get label(): string {
    return `${this.name} (${this.id})`;
  }

  /** 1 for the first process of its slot, one more for each replacement. */
  get generation(): number {
    return this.#process.generation;
  }

  get state(): WorkerState {
    return this.#process.state;
  }

  /**
   * What the worker says of itself. As long as it says nothing it is `INITIALIZING`, and once it is ready `PROCESSING` while
   * {@link pending} is not 0, else `IDLE`.
   */
  get status(): string {
    return this.#process.status;
  }

  /** Milliseconds since the fork. */
  get uptime(): number {
    return this.#process.uptime;
  }

  /** Requests to this worker and from it that are not answered yet. */
  get pending(): number {
    return this.#process.conversation.pending;
  }

  /**
   * How busy the worker's event loop was in the latest second that it told of, from 0 to 1: 1 also when it has missed a
   * report since, as a blocked one does. `undefined` before the first report.
   *
   * Whoever first looks at it makes the worker report, once a second from then on. `undefined` for ever of a worker that
   * does not use this library.
   */
  get load(): number | undefined {
    return this.#process.vitals.load;
  }

  /** Resident memory in bytes, as the worker told it last; `undefined` before it first did, as soon as it is ready. */
  get memory(): number | undefined {
    return this.#process.vitals.memory;
  }

  /**
   * By how many milliseconds the worker's event loop was late when it last had something to do at a set time: near 0 unless
   * something blocks it. `undefined` before the worker told of it for the first time.
   */
  get delay(): number | undefined {
    return this.#process.vitals.delay;
  }

  /** Whether somebody asked the process to stop: `false` for every other death, kills included. */
  get exitedAfterDisconnect(): boolean {
    return this.#process.isStopping;
  }

  get process(): ChildProcess {
    return this.#process.node.process;
  }

  /** Node's own worker object. Prefer this handle: it keeps what Node forgets. */
  get worker(): Worker {
    return this.#process.node;
  }

  /** Resolves with the exit record when the operating system says that the process is gone. */
  get exited(): Promise<ExitRecord> {
    return this.#process.exited.promise;
  }

  isConnected(): boolean {
    return this.#process.node.isConnected();
  }

  /** Whether the process is gone. */
  isDead(): boolean {
    return this.state === 'exited';
  }

  /**
   * Resolves when the message was handed to the operating system; its promise may be ignored.
   *
   * @throws {@link WorkerExitedError} `CLUSTER_WORKER_EXITED`, {@link UnserializableMessageError}
   * `CLUSTER_UNSERIALIZABLE_MESSAGE`, or the signal's reason.
   */
  send<T extends TypeOf<P, 'primaryMessage'>>(order: WorkerSendOrder<Outgoing<P, 'primaryMessage', T>>): Promise<this> {
    try {
      const { message, handle, signal } = checkSendToOne(order);
      return this.#process.conversation.send(message, { handle, signal }, this);
    } catch (error) {
      return ignorable(Promise.reject(error));
    }
  }

  /**
   * Resolves with the answer of the worker's handler.
   *
   * @throws {@link RequestTimeoutError} `CLUSTER_REQUEST_TIMEOUT`, {@link RemoteError} `CLUSTER_REMOTE`,
   * {@link WorkerExitedError} `CLUSTER_WORKER_EXITED`, {@link UnknownMessageTypeError} `CLUSTER_UNKNOWN_MESSAGE_TYPE` and
   * others, or the signal's reason.
   */
  request<T extends RequestTypeOf<P, 'primaryRequest'>>(
    order: WorkerRequestOrder<{ readonly type: T } & RequestPayload<P, 'primaryRequest', T>>,
  ): Promise<Reply<P, 'primaryRequest', T>> {
    try {
      const checked = checkRequestToOne(order);
      return this.#process.request(checked.message, checked) as Promise<Reply<P, 'primaryRequest', T>>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Reads what an async generator of the worker yields. The stream opens when it is first read; leaving the loop ends it.
   *
   * @throws {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`; the loop
   * throws {@link RemoteError} `CLUSTER_REMOTE`, {@link WorkerExitedError} `CLUSTER_WORKER_EXITED` and others as
   * {@link request} does, or the signal's reason
   */
  stream<T extends StreamTypeOf<P, 'primaryRequest'>>(
    order: WorkerStreamOrder<{ readonly type: T } & RequestPayload<P, 'primaryRequest', T>>,
  ): ItemStream<StreamItem<P, 'primaryRequest', T>> {
    const { message, signal } = checkStreamToOne(order);
    const reader = new StreamReader({ signal, open: each => this.#process.openStream(message, each) });
    return reader as ItemStream<StreamItem<P, 'primaryRequest', T>>;
  }

  /**
   * Resolves when there is room for more messages: at most half of `maxQueuedMessages` and `maxQueuedBytes` waits.
   *
   * @throws the signal's reason
   */
  drained({ signal }: Abortable = {}): Promise<void> {
    return waitOrAbort(this.#process.conversation.room(), signal);
  }

  /** Sends a signal. To the cluster this is a death like any other: the restart policy decides what follows. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    return this.process.kill(signal);
  }

  /**
   * Replaces the worker gracefully: starts a new one, and when that is ready stops this one. Waits for other operations
   * on its group, and is content with a replacement that these bring. A spare worker stops before the next one starts.
   *
   * @returns the handle of the one in its place, when this one is gone.
   * @throws {@link WorkerBootError} `CLUSTER_WORKER_BOOT` when the new one fails, and this one stays;
   * {@link WorkerExitedError} `CLUSTER_WORKER_EXITED`, {@link PreventedError} `CLUSTER_PREVENTED`,
   * {@link ShutDownError} `CLUSTER_SHUT_DOWN`
   */
  recycle(): Promise<WorkerHandle<P>> {
    return this.#control.recycle(this.#process);
  }

  /**
   * Stops the worker gracefully and gives up its slot: it is not replaced, unless it is a spare one. One that is yet to
   * take over from another leaves the slot to that.
   *
   * @param options `timeout`: milliseconds until SIGTERM. @default drainTimeout of the primary
   * @returns the exit record, when the process is gone.
   */
  async destroy(options: { readonly timeout?: number | undefined } = {}): Promise<ExitRecord> {
    checkOption('options', options, record);
    checkKnown(['timeout'], options, 'destroy()');
    if (options.timeout !== undefined) checkOption('timeout', options.timeout, number({ min: 0, orInfinity: true }));
    return this.#control.retire(this.#process, 'destroyed', options.timeout);
  }

  /** The same as {@link destroy}, under Node's name. */
  disconnect(): Promise<ExitRecord> {
    return this.destroy();
  }

  toString(): string {
    return this.label;
  }
}
