import type { IncomingCall } from '../../lib/channel/incoming-call.js';
import type { PeerLimits } from '../../lib/channel/peer-options.js';
import { UnknownWorkerError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import {
  deliveredFrame,
  type Found,
  FrameKind,
  foundFrame,
  parcelFrame,
  type RelayFrame,
  type Seek,
  undeliveredFrame,
} from '../../lib/protocol/frame.js';
import type { PeerIdentity } from '../../lib/protocol/handlers.js';
import type { NeighbourListener } from '../../lib/worker/neighbours.js';
import { PeerLink } from '../../lib/worker/peer-link.js';
import { FakeClock } from './fake-clock.js';

/** Writes down what other workers say; answers requests with their body, unless the test sets `answer`. */
export class Resident implements NeighbourListener {
  readonly identity: PeerIdentity;
  readonly link: PeerLink;
  readonly messages: unknown[] = [];
  readonly senders: PeerIdentity[] = [];
  readonly requests: IncomingCall[] = [];
  readonly violations: string[] = [];
  readonly failures: unknown[] = [];
  answer = (request: IncomingCall): void => void request.reply(request.body);

  constructor(id: number, street: Street, bounds?: PeerLimits) {
    this.identity = { id, name: `worker-${id}`, group: 'default' };
    this.link = new PeerLink({
      ...{ clock: street.clock, serialization: 'json', listener: this, bounds },
      control: frame => street.carry(this, frame),
      held: () => undefined,
    });
  }

  peerMessage(body: unknown, from: PeerIdentity): void {
    this.messages.push(body);
    this.senders.push(from);
  }

  peerRequest(request: IncomingCall): void {
    this.requests.push(request);
    this.answer(request);
  }

  peerViolation(reason: string): void {
    this.violations.push(reason);
  }

  sendFailed(error: unknown): void {
    this.failures.push(error);
  }
}

/** Workers side by side in this process, and a primary that passes on what they say, a moment later and in order. */
export class Street {
  readonly clock = new FakeClock();
  readonly residents: Resident[] = [];
  /** What the workers asked of the primary, in order. */
  readonly sought: Seek[] = [];
  /** What came to the primary, in order. */
  readonly frames: RelayFrame[] = [];
  /** What is said of whom somebody seeks: by default whoever has the name. `undefined` leaves them waiting. */
  find: (seek: Seek) => Found | undefined = ({ to }) =>
    this.residents.filter(({ identity }) => identity.name === to).map(({ identity }) => identity.id);
  /** Parcels that are stopped on their way: what is done with each of them afterwards. */
  stopped: (() => void)[] | undefined;

  constructor(residents = 2, bounds?: PeerLimits) {
    for (let id = 1; id <= residents; id++) this.residents.push(new Resident(id, this, bounds));
  }

  /** The worker of this id. */
  resident(id: number): Resident {
    const resident = this.residents.find(({ identity }) => identity.id === id);
    if (resident) return resident;

    throw new Error(`There is no worker ${id}`);
  }

  async carry(from: Resident, frame: RelayFrame): Promise<void> {
    this.frames.push(frame);
    await Promise.resolve();
    if (frame[0] === FrameKind.seek) this.#answer(from, frame[1], frame[2]);
    else if (frame[0] === FrameKind.parcel && this.stopped) this.stopped.push(() => this.#pass(from, frame));
    else if (frame[0] === FrameKind.parcel) this.#pass(from, frame);
  }

  #answer(from: Resident, id: number, seek: Seek): void {
    this.sought.push(seek);
    const found = this.find(seek);
    if (found !== undefined) from.link.take(foundFrame(id, found));
  }

  #pass(
    from: Resident,
    [, id, address, content]: Extract<RelayFrame, readonly [typeof FrameKind.parcel, ...unknown[]]>,
  ): void {
    const to = this.residents.find(({ identity }) => identity.id === address);
    if (to === undefined) {
      const error = new UnknownWorkerError(`There is no worker ${address}`, { to: address, known: [] });
      from.link.take(undeliveredFrame(id, toWireError(error)));
      return;
    }
    to.link.take(parcelFrame(0, { ...from.identity }, content));
    from.link.take(deliveredFrame(id));
  }
}
