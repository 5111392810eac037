import type { SendHandle } from 'node:child_process';
import { type Inbox, RequestData, refusePrevented } from '../channel/inbox.js';
import type { IncomingCall } from '../channel/incoming-call.js';
import type { Stop } from '../protocol/frame.js';
import type { PeerIdentity } from '../protocol/handlers.js';
import type { PeerRequest, WorkerEvents } from './events.js';
import type { PrimaryLinkListener } from './primary-link.js';

/** What the event of another worker's request carries. */
class PeerRequestData extends RequestData implements PeerRequest {
  readonly from: PeerIdentity;

  constructor(message: unknown, request: IncomingCall, from: PeerIdentity) {
    super(message, request);
    this.from = from;
  }
}

/** Publishes an event; `false` when it was prevented or stopped before it was complete. */
export type Announce = <Name extends keyof WorkerEvents & string>(name: Name, data: WorkerEvents[Name]) => boolean;

const unfit = 'a message that does not fit its schema';

/** What a {@link PrimaryReporter} is made with. */
export interface PrimaryReporterParts {
  readonly announce: Announce;
  readonly inbox: Inbox;
  /** Called when the primary asks the worker to stop. */
  readonly stop: (stop: Stop) => void;
}

/** Turns what the primary and other workers say into events of the worker. */
export class PrimaryReporter implements PrimaryLinkListener {
  readonly #announce: Announce;
  readonly #inbox: Inbox;
  readonly #stop: (stop: Stop) => void;
  #handled = 0;

  constructor({ announce, inbox, stop }: PrimaryReporterParts) {
    this.#announce = announce;
    this.#inbox = inbox;
    this.#stop = stop;
  }

  get handled(): number {
    return this.#handled;
  }

  message(body: unknown, handle: SendHandle | undefined): void {
    let message: unknown;
    this.#handled++;
    try {
      message = this.#inbox.valid('primaryMessage', body);
    } catch (error) {
      this.#announce('channelViolation', { reason: unfit, error });
      return;
    }
    this.#announce('primaryMessage', { message, handle });
  }

  peerMessage(body: unknown, from: PeerIdentity): void {
    let message: unknown;
    this.#handled++;
    try {
      message = this.#inbox.valid('peerMessage', body);
    } catch (error) {
      this.#announce('channelViolation', { reason: unfit, error, from });
      return;
    }
    this.#announce('peerMessage', { message, from });
  }

  peerRequest(request: IncomingCall, from: PeerIdentity): void {
    let message: unknown;
    this.#handled++;
    try {
      message = this.#inbox.valid('peerRequest', request.body);
    } catch (error) {
      request.fail(error);
      return;
    }
    const reached = this.#announce('peerRequest', new PeerRequestData(message, request, from));
    if (!reached) refusePrevented('peerRequest', request);
  }

  request(request: IncomingCall): void {
    let message: unknown;
    this.#handled++;
    try {
      message = this.#inbox.valid('primaryRequest', request.body);
    } catch (error) {
      request.fail(error);
      return;
    }
    const reached = this.#announce('primaryRequest', new RequestData(message, request));
    if (!reached) refusePrevented('primaryRequest', request);
  }

  stop(stop: Stop): void {
    this.#stop(stop);
  }

  violation(reason: string): void {
    this.#announce('channelViolation', { reason });
  }

  peerViolation(reason: string, from: PeerIdentity): void {
    this.#announce('channelViolation', { reason, from });
  }

  sendFailed(error: unknown, message: unknown): void {
    this.#announce('sendError', { error, message });
  }
}
