import type { SendHandle } from 'node:child_process';
import {
  type CheckedRequest,
  checkRetriable,
  checkSend,
  checkStream,
  type SendOrder,
  type StreamOrder,
} from '../channel/order.js';
import { checkKnown, checkOption } from '../errors/check-option.js';
import { InvalidOptionError } from '../errors/errors.js';
import { longestWord } from '../protocol/frame.js';
import type { Outgoing, OutgoingRequest, Protocol, RequestTypeOf, StreamTypeOf, TypeOf } from '../protocol/protocol.js';
import type { Abortable } from '../util/abortable.js';
import { integer, type Rule } from '../util/check.js';

/** How one is selected where any will do. */
type TurnStrategy = 'roundRobin' | 'leastPending' | 'leastLoad';

interface InTurn {
  /** Only workers of this group. @default all workers */
  readonly group?: string | undefined;
  /** Each tag has turns of its own. @default the type of the message */
  readonly tag?: string | undefined;
  readonly key?: undefined;
}

/** Whoever is selected, by turns (the default) or by what it has to do; `hash` gives the same key to the same worker. */
type SelectedPeer =
  | (InTurn & { readonly group: string; readonly select?: TurnStrategy | undefined })
  | (InTurn & { readonly select: TurnStrategy })
  | { readonly select: 'hash'; readonly key: string; readonly group?: string | undefined; readonly tag?: undefined };

/** Every ready worker of a group, or of all. */
interface AllSelected {
  readonly select: 'all';
  readonly group?: string | undefined;
  readonly tag?: undefined;
  readonly key?: undefined;
}

/** One other worker: its id, its name, or how it is selected. */
export type PeerTarget = number | string | SelectedPeer;

/** Whom a worker can ask: the primary, or another worker. */
export type WorkerRequestTarget = PeerTarget | undefined;

/** Whom a worker can send to: `'primary'`, other workers, `'all'` (itself included), `'others'`, or an array of workers. */
export type WorkerSendTarget = PeerTarget | AllSelected | readonly (PeerTarget | AllSelected)[] | undefined;

/** Which section of the protocol a message belongs to, by where it goes. */
export type SectionTo<D> = [D] extends ['primary' | undefined] ? 'workerMessage' : 'peerMessage';

/** The same for a request. */
export type RequestSectionTo<D> = [D] extends ['primary' | undefined] ? 'workerRequest' : 'peerRequest';

interface Order<M, D> extends Abortable {
  /** Kept by reference until the promise settles: do not change it before. */
  readonly message: M;
  /** A socket or server that goes to the primary with the message; there is no way for it to other workers. */
  readonly handle?: ([D] extends ['primary' | undefined] ? SendHandle : undefined) | undefined;
  /** @default 'primary' */
  readonly to?: D | undefined;
}

/** What `send()` of a worker takes. */
export type WorkerSendOrder<
  P extends Protocol,
  T extends TypeOf<P, SectionTo<D>>,
  D extends WorkerSendTarget = 'primary',
> = Order<Outgoing<P, SectionTo<D>, T>, D>;

/** What `request()` of a worker takes. */
export type WorkerRequestOrder<
  P extends Protocol,
  T extends RequestTypeOf<P, RequestSectionTo<D>>,
  D extends WorkerRequestTarget = 'primary',
> = Order<OutgoingRequest<P, RequestSectionTo<D>, T>, D> & {
  /** Milliseconds until `RequestTimeoutError`; `Infinity` is allowed. @default 30_000 */
  readonly timeout?: number | undefined;
  /** Asks again, another worker each time, when the one that was asked died: for a name or a selection. */
  readonly retry?:
    | ([D] extends ['primary' | number | undefined] ? undefined : { readonly attempts: number })
    | undefined;
};

/** What `stream()` of a worker takes. */
export type WorkerStreamOrder<
  P extends Protocol,
  T extends StreamTypeOf<P, RequestSectionTo<D>>,
  D extends WorkerRequestTarget = 'primary',
> = Omit<Order<OutgoingRequest<P, RequestSectionTo<D>, T>, D>, 'handle'>;

const selectionNames = new Set(['group', 'select', 'tag', 'key']);
const idRule = integer({ min: 1 });
const targetRule: Rule = {
  expected: `"primary", a worker's id or name, a selection, "all", "others", or an array of workers`,
  accepts: isTarget,
};

/**
 * The order, checked: as {@link checkSend} does, and where it goes.
 *
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function checkedSend(order: unknown): SendOrder {
  const checked = checkSend(order);
  const { to } = checked;
  if (to === undefined || to === 'primary') return checked;

  if (Array.isArray(to)) for (const each of to) checkPeer(each);
  else checkPeer(to);
  return withoutHandle(checked);
}

/** As {@link checkedSend}, for requests: these go to one. */
export function checkedRequest(order: unknown): CheckedRequest {
  const checked = checkRetriable(order);
  const { to, attempts = 0 } = checked;
  const isPrimary = to === undefined || to === 'primary';
  if (attempts > 0 && (isPrimary || typeof to === 'number')) throw nobodyElse(to);
  if (isPrimary) return checked;

  checkOnePeer(to);
  return withoutHandle(checked);
}

/** As {@link checkedRequest}, for streams. */
export function checkedStream(order: unknown): StreamOrder {
  const checked = checkStream(order);
  if (checked.to !== undefined && checked.to !== 'primary') checkOnePeer(checked.to);
  return checked;
}

function checkOnePeer(to: unknown): void {
  checkPeer(to);
  if (to === 'all' || to === 'others' || (typeof to === 'object' && Reflect.get(Object(to), 'select') === 'all')) {
    throw new InvalidOptionError('Expected `to` of a request to be one worker', { option: 'to', value: to });
  }
}

/** Whether it is any worker at all, the primary knows. */
function checkPeer(to: unknown): void {
  // The usual case, and the rest costs more than a send.
  if (typeof to === 'number' && to > 0 && Number.isSafeInteger(to)) return;

  checkOption('to', to, targetRule);
  if (typeof to === 'object') checkKnown(selectionNames, Object(to), '`to`');
}

function isTarget(to: unknown): boolean {
  if (typeof to !== 'object') return to !== 'primary' && (isWord(to) || idRule.accepts(to));
  if (to === null || Array.isArray(to)) return false;

  return Object.values(to).every(value => value === undefined || isWord(value));
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= longestWord;
}

function withoutHandle<O extends SendOrder>(order: O): O {
  if (order.handle === undefined) return order;

  const message = 'Expected `handle` to be left out: it can go to the primary only';
  throw new InvalidOptionError(message, { option: 'handle', value: order.handle });
}

function nobodyElse(to: unknown): InvalidOptionError {
  const message = 'Expected `retry` to be left out where there is nobody else to ask';
  return new InvalidOptionError(message, { option: 'retry', value: to });
}

/** What a worker can say of itself. */
export const statusRule: Rule = {
  expected: 'a string of 1 to 128 characters',
  accepts: value => typeof value === 'string' && value.length > 0 && value.length <= 128,
};
