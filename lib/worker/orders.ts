import type { SendHandle } from 'node:child_process';
import {
  type CheckedRequest,
  checkRequest,
  checkSend,
  checkStream,
  type SendOrder,
  type StreamOrder,
} from '../channel/order.js';
import { checkOption } from '../errors/check-option.js';
import type { Outgoing, OutgoingRequest, Protocol, RequestTypeOf, StreamTypeOf, TypeOf } from '../protocol/protocol.js';
import type { Abortable } from '../util/abortable.js';
import { oneOf, optional, type Rule } from '../util/check.js';

interface ToPrimary<M> extends Abortable {
  /** Kept by reference until the promise settles: do not change it before. */
  readonly message: M;
  /** A socket or server that goes to the primary with the message. */
  readonly handle?: SendHandle | undefined;
  /** @default 'primary' */
  readonly to?: 'primary' | undefined;
}

/** What `send()` of a worker takes. */
export type WorkerSendOrder<P extends Protocol, T extends TypeOf<P, 'workerMessage'>> = ToPrimary<
  Outgoing<P, 'workerMessage', T>
>;

/** What `request()` of a worker takes. */
export type WorkerRequestOrder<P extends Protocol, T extends RequestTypeOf<P, 'workerRequest'>> = ToPrimary<
  OutgoingRequest<P, 'workerRequest', T>
> & {
  /** Milliseconds until `RequestTimeoutError`; `Infinity` is allowed. @default 30_000 */
  readonly timeout?: number | undefined;
};

/** What `stream()` of a worker takes. */
export type WorkerStreamOrder<P extends Protocol, T extends StreamTypeOf<P, 'workerRequest'>> = Omit<
  ToPrimary<OutgoingRequest<P, 'workerRequest', T>>,
  'handle'
>;

/** Whom a worker can send to. */
const destinationRule: Rule = optional(oneOf('primary'));

/** The order, checked: as {@link checkSend} does, and where it goes. */
export function checkedSend(order: unknown): SendOrder {
  return checkDestination(checkSend(order));
}

/** As {@link checkedSend}, for requests. */
export function checkedRequest(order: unknown): CheckedRequest {
  return checkDestination(checkRequest(order));
}

/** As {@link checkedSend}, for streams. */
export function checkedStream(order: unknown): StreamOrder {
  return checkDestination(checkStream(order));
}

function checkDestination<O extends SendOrder>(order: O): O {
  checkOption('to', order.to, destinationRule);
  return order;
}

/** What a worker can say of itself. */
export const statusRule: Rule = {
  expected: 'a string of 1 to 128 characters',
  accepts: value => typeof value === 'string' && value.length > 0 && value.length <= 128,
};
