import {
  BackpressureError,
  ChannelClosedError,
  MessageTooLargeError,
  UnserializableMessageError,
} from '../errors/errors.js';
import type { Unserializable } from '../protocol/json-safe.js';
import type { Excess, Limits } from '../protocol/limits.js';
import type { Channel } from './channel.js';

/** The error for a message that holds something its channel cannot carry. */
export function unserializable(
  { path, found }: Unserializable,
  { serialization }: Channel,
): UnserializableMessageError {
  const where = path === '' ? 'The message is' : `The message holds at \`${path}\``;
  const message = `${where} ${found}, which ${serialization} serialization cannot carry`;
  return new UnserializableMessageError(message, { path, found });
}

/** The error for a message that could not be encoded though nothing was wrong at first sight: a getter that throws, say. */
export function encodingError(failure: Error, { serialization }: Channel): Error {
  if (failure instanceof ChannelClosedError || failure instanceof UnserializableMessageError) return failure;

  const message = `The message cannot be encoded by ${serialization} serialization: ${failure.message}`;
  return new UnserializableMessageError(message, { path: '', found: failure.message }, { cause: failure });
}

/** The error for a message that several were meant to get, and some will not. */
export function partlyFailed(errors: readonly unknown[], receivers: number): AggregateError {
  return new AggregateError(errors, `The message did not reach ${errors.length} of ${receivers}`);
}

/** The error for a message that takes more bytes than any may. */
export function tooLarge(bytes: number, limit: number): MessageTooLargeError {
  const message = `The message takes about ${bytes} bytes, more than \`maxMessageBytes\` allows (${limit})`;
  return new MessageTooLargeError(message, { bytes, limit });
}

/** The error for a message of which only the receiver noticed what it exceeds. */
export function excessError(excess: Excess, { maxMessageBytes, maxDepth }: Limits): MessageTooLargeError {
  const [what, limit] = excess === 'size' ? ['larger', maxMessageBytes] : ['nested deeper', maxDepth];
  return new MessageTooLargeError(`The message is ${what} than the receiver takes (${limit})`, { limit });
}

/** The error for a message that finds the queue full. */
export function queueFull(limit: 'maxQueuedMessages' | 'maxQueuedBytes', { name }: Channel): BackpressureError {
  return new BackpressureError(`The queue to ${name} is full (\`${limit}\`)`, { peer: name, limit });
}

/** The error for a request, or a stream, that is one too many. */
export function tooManyRequests({ name }: Channel): BackpressureError {
  const limit = 'maxPendingRequests';
  const message = `Too many requests are open between here and ${name} (\`${limit}\`)`;
  return new BackpressureError(message, { peer: name, limit });
}
