import type { SendHandle } from 'node:child_process';
import { checkKnown, checkOption } from '../errors/check-option.js';
import { InvalidOptionError } from '../errors/errors.js';
import { instanceOf, integer, number, type Rule, record } from '../util/check.js';

/** What `send` takes, before anything is known of its message. */
export interface SendOrder {
  readonly message: unknown;
  readonly to?: unknown;
  readonly handle?: SendHandle | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `stream` takes. */
export type StreamOrder = Omit<SendOrder, 'handle'>;

/** What `request` takes. */
export interface RequestOrder extends SendOrder {
  readonly timeout?: number | undefined;
}

/** What `request` takes where there may be another to ask. */
export interface RetriableOrder extends RequestOrder {
  readonly retry?: { readonly attempts: number } | undefined;
}

/** A request after every check. */
export type CheckedRequest = RequestOrder & {
  readonly timeout: number;
  /** How often it may be asked again, of somebody else. @default 0 */
  readonly attempts?: number;
};

/** Milliseconds a request waits when it does not say. */
export const defaultRequestTimeout = 30_000;

const sendNames = new Set(['message', 'handle', 'signal', 'to']);
const requestNames = new Set([...sendNames, 'timeout']);
const retriableNames = new Set([...requestNames, 'retry']);
const withoutTo = (names: ReadonlySet<string>) => new Set([...names].filter(name => name !== 'to'));
const streamNames = new Set(['message', 'signal', 'to']);
const sendToOneNames = withoutTo(sendNames);
const requestToOneNames = withoutTo(requestNames);
const streamToOneNames = withoutTo(streamNames);
const timeoutRule = number({ above: 0, orInfinity: true });
const attemptsRule = integer({ min: 0 });
const signalRule = instanceOf(AbortSignal);
// Which kinds can be sent is Node's to say.
const handleRule: Rule = { ...record, expected: 'a socket or a server' };

/**
 * The order, checked.
 *
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function checkSend(order: unknown): SendOrder {
  return check(order, sendNames, 'send()');
}

/** As {@link checkSend}, where there is only one to send to. */
export function checkSendToOne(order: unknown): SendOrder {
  return check(order, sendToOneNames, 'send()');
}

/** As {@link checkSend}, for requests. */
export function checkRequest(order: unknown): CheckedRequest {
  return withTimeout(check(order, requestNames, 'request()'));
}

/** As {@link checkRequest}, where there may be another to ask. */
export function checkRetriable(order: unknown): CheckedRequest {
  const given: RetriableOrder = check(order, retriableNames, 'request()');
  const checked = withTimeout(given);
  return given.retry === undefined ? checked : { ...checked, attempts: attemptsOf(given) };
}

/** As {@link checkRequest}, where there is only one to ask. */
export function checkRequestToOne(order: unknown): CheckedRequest {
  return withTimeout(check(order, requestToOneNames, 'request()'));
}

/** As {@link checkSend}, for streams: they take neither a handle nor a timeout. */
export function checkStream(order: unknown): StreamOrder {
  return check(order, streamNames, 'stream()');
}

/** As {@link checkStream}, where there is only one to ask. */
export function checkStreamToOne(order: unknown): StreamOrder {
  return check(order, streamToOneNames, 'stream()');
}

/** Spelt out, since a spread of the order costs as much as encoding its message. `to` may be left out, or `undefined`. */
function withTimeout(order: RequestOrder): CheckedRequest {
  const { message, to, handle, signal, timeout = defaultRequestTimeout } = order;
  checkOption('timeout', timeout, timeoutRule);
  return 'to' in order ? { message, to, handle, signal, timeout } : { message, handle, signal, timeout };
}

function attemptsOf({ retry, handle }: RetriableOrder): number {
  checkOption('retry', retry, record);
  const given = retry as { readonly attempts: number };
  checkKnown(['attempts'], given, 'retry');
  checkOption('retry.attempts', given.attempts, attemptsRule);
  if (handle !== undefined && given.attempts > 0) {
    const message = 'Expected `retry` to be left out of a request with a `handle`, which goes to a single worker';
    throw new InvalidOptionError(message, { option: 'retry', value: retry });
  }
  return given.attempts;
}

function check(order: unknown, names: ReadonlySet<string>, where: string): RequestOrder {
  checkOption(where, order, record);
  const given = order as RequestOrder;
  for (const name in given) if (!names.has(name)) checkKnown(names, given, where);
  if (!('message' in given)) {
    throw new InvalidOptionError(`Expected \`message\` to be given to ${where}`, {
      option: 'message',
      value: undefined,
    });
  }
  if (given.signal !== undefined) checkOption('signal', given.signal, signalRule);
  if (given.handle !== undefined) checkOption('handle', given.handle, handleRule);
  return given;
}
