import type { SendHandle } from 'node:child_process';
import { type Inbox, RequestData, refusePrevented } from '../channel/inbox.js';
import type { IncomingCall } from '../channel/incoming-call.js';
import { type ControlFrame, FrameKind } from '../protocol/frame.js';
import type { ListeningAddress } from '../protocol/serving.js';
import type { Announce, WorkerRequest } from './events.js';
import type { Relay } from './relay.js';
import type { ServingDesk } from './serving-desk.js';
import type { StorageDesk } from './storage-desk.js';
import { processOf, type WorkerHandle } from './worker-handle.js';
import type { WorkerTalk } from './worker-observers.js';

/** What the event of a worker's request carries. */
class WorkerRequestData extends RequestData implements WorkerRequest {
  readonly worker: WorkerHandle;

  constructor(message: unknown, request: IncomingCall, worker: WorkerHandle) {
    super(message, request);
    this.worker = worker;
  }
}

/** Who takes what is neither about the worker itself nor for a handler. */
export interface Desks {
  /** Passes on what is for other workers. */
  readonly relay: Pick<Relay, 'take' | 'left'>;
  readonly serving: Pick<ServingDesk, 'take' | 'gone'>;
  readonly storage: Pick<StorageDesk, 'take' | 'failed' | 'disconnected' | 'gone'>;
}

/** Turns what workers say and do into events of the primary; nothing a worker sends gets an exception past it. */
export class WorkerReporter implements WorkerTalk {
  readonly #announce: Announce;
  readonly #inbox: Inbox;
  readonly #desks: () => Desks;

  /** @param desks asked for when there is something for them. */
  constructor(announce: Announce, inbox: Inbox, desks: () => Desks) {
    this.#announce = announce;
    this.#inbox = inbox;
    this.#desks = desks;
  }

  online(worker: WorkerHandle): void {
    this.#announce('workerOnline', { worker });
  }

  listening(worker: WorkerHandle, address: ListeningAddress): void {
    this.#announce('workerListening', { worker, address });
  }

  status(worker: WorkerHandle, from: string, to: string): void {
    this.#announce('workerStatus', { worker, from, to });
  }

  message(worker: WorkerHandle, body: unknown, handle: SendHandle | undefined): void {
    const { tally } = processOf(worker);
    tally.messagesReceived++;
    let message: unknown;
    try {
      message = this.#inbox.valid('workerMessage', body);
    } catch (error) {
      tally.violations++;
      this.#announce('channelViolation', { worker, reason: 'a message that does not fit its schema', error });
      return;
    }
    this.#announce('workerMessage', { message, handle, worker });
  }

  request(worker: WorkerHandle, request: IncomingCall): void {
    processOf(worker).tally.requestsReceived++;
    let message: unknown;
    try {
      message = this.#inbox.valid('workerRequest', request.body);
    } catch (error) {
      request.fail(error);
      return;
    }
    const reached = this.#announce('workerRequest', new WorkerRequestData(message, request, worker));
    if (!reached) refusePrevented('workerRequest', request);
  }

  control(worker: WorkerHandle, frame: ControlFrame): void {
    if (frame[0] !== FrameKind.serve) this.#desks().relay.take(worker, frame);
    else if (!this.#desks().serving.take(worker, frame[1], frame[2])) this.violation(worker, 'a word about a server');
  }

  store(worker: WorkerHandle, id: number, body: unknown): void {
    if (!this.#desks().storage.take(worker, id, body)) this.violation(worker, 'a request to storage whose id was used');
  }

  storeFailed(worker: WorkerHandle, id: number, error: unknown): void {
    this.#desks().storage.failed(worker, id, error);
  }

  left(worker: WorkerHandle): void {
    this.#desks().relay.left(worker);
  }

  violation(worker: WorkerHandle, reason: string): void {
    processOf(worker).tally.violations++;
    this.#announce('channelViolation', { worker, reason });
  }

  sendFailed(worker: WorkerHandle, error: unknown, message: unknown): void {
    processOf(worker).tally.sendErrors++;
    this.#announce('sendError', { error, message, worker });
  }

  failed(worker: WorkerHandle, error: unknown): void {
    this.#announce('workerError', { error, worker });
  }

  disconnected(worker: WorkerHandle): void {
    this.#desks().storage.disconnected(worker);
    this.#announce('workerDisconnect', { worker });
  }

  gone(worker: WorkerHandle): void {
    this.#desks().storage.gone(worker);
    this.#desks().serving.gone(worker);
  }

  hung(worker: WorkerHandle, stack: readonly string[] | undefined): boolean {
    return this.#announce('workerHung', { worker, stack });
  }
}
