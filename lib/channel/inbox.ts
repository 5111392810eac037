import { RequestPreventedError, UnknownMessageTypeError } from '../errors/errors.js';
import { dispatchType, findHandler, type NoHandler } from '../protocol/dispatch.js';
import type { MessageSection, Protocol, RequestSection, Section } from '../protocol/protocol.js';
import { type RequestSchemas, requestSchemas, type SchemaTable, validate } from '../protocol/schema.js';
import type { StandardSchema } from '../protocol/standard-schema.js';
import type { IncomingCall } from './incoming-call.js';
import type { ItemCheck } from './stream-reader.js';

/** What an event of a request carries; each side adds where it came from. */
export class RequestData {
  readonly message: unknown;
  readonly handle: IncomingCall['handle'];
  readonly #request: IncomingCall;

  constructor(message: unknown, request: IncomingCall) {
    this.message = message;
    this.handle = request.handle;
    this.#request = request;
  }

  /** Aborted when the requester no longer waits; made when first read. */
  get signal(): AbortSignal {
    return this.#request.signal;
  }

  /** The request behind an event's data; `undefined` for data that somebody made up. @internal */
  static requestOf(data: object): IncomingCall | undefined {
    return data instanceof RequestData ? data.#request : undefined;
  }
}

/** The part of an event that its handler is found by. */
interface Dispatched {
  readonly data: { readonly message: unknown };
}

/** What a class does with the messages and requests that reach it: validates them, finds their handlers, answers. */
export class Inbox {
  readonly #target: object;
  readonly #schemas: SchemaTable<Protocol>;

  /** @param target the object whose methods are the handlers. */
  constructor(target: object, schemas: SchemaTable<Protocol> = {}) {
    this.#target = target;
    this.#schemas = schemas;
  }

  /** What the schema of its type makes of a message. @throws {@link MessageValidationError} `CLUSTER_MESSAGE_VALIDATION` */
  valid(section: Section, message: unknown): unknown {
    const { payload } = this.#schemasOf(section, message);
    return payload ? validate(payload, message, { section, type: typeName(message) }) : message;
  }

  /**
   * The same for the reply to `message`, when it comes. Where there is no schema, this is the very promise it is given.
   *
   * @throws {@link MessageValidationError} with code `CLUSTER_MESSAGE_VALIDATION`, by rejection
   */
  checkedReply(section: RequestSection, message: unknown, reply: Promise<unknown>): Promise<unknown> {
    const { reply: schema } = this.#schemasOf(section, message);
    return schema ? reply.then(value => validate(schema, value, { section, type: typeName(message) })) : reply;
  }

  /** The same for each item of the stream that `message` opens; `undefined` where there is no schema. */
  itemCheck(section: RequestSection, message: unknown): ItemCheck | undefined {
    const { reply: schema } = this.#schemasOf(section, message);
    return schema && (item => validate(schema, item, { section, type: typeName(message) }));
  }

  /** Calls the message's handler; returns what that returns, or why there is none. */
  dispatch(section: MessageSection, event: Dispatched): { readonly result: unknown } | NoHandler {
    const handler = findHandler(this.#target, section, event.data.message);
    return typeof handler === 'function' ? { result: handler.call(this.#target, event) } : handler;
  }

  /**
   * Answers a request, or a stream, with what its handler returns or throws; `undefined` when it has none. Never throws.
   *
   * @returns a promise that resolves when the request is answered, or nothing of the stream runs any longer.
   */
  answer(section: RequestSection, event: Dispatched): Promise<void> | undefined {
    const request = RequestData.requestOf(event.data);
    const handler = findHandler(this.#target, section, event.data.message);
    if (typeof handler !== 'function') {
      request?.fail(unknownType(section, event.data.message));
      return undefined;
    }

    return settle(request, () => handler.call(this.#target, event));
  }

  #schemasOf(section: Section, message: unknown): RequestSchemas {
    const table: Readonly<Record<string, StandardSchema | RequestSchemas>> = this.#schemas[section] ?? {};
    const type = dispatchType(message);
    return type !== undefined && Object.hasOwn(table, type) ? requestSchemas(table[type]) : {};
  }
}

/** Tells the requester that a subscriber prevented its request. */
export function refusePrevented(section: RequestSection, request: IncomingCall): void {
  const type = dispatchType(request.body);
  request.fail(new RequestPreventedError(`A subscriber prevented the request \`${type}\``, { section, type }));
}

async function settle(request: IncomingCall | undefined, handle: () => unknown): Promise<void> {
  try {
    const answered = request?.reply(await handle());
    if (typeof answered === 'object') await answered;
  } catch (error) {
    request?.fail(error);
  }
}

function unknownType(section: RequestSection, message: unknown): UnknownMessageTypeError {
  const type = dispatchType(message);
  const sentence =
    type === undefined
      ? 'A request without a `type` has no handler'
      : `No handler answers \`${type}\` in \`${section}\``;
  return new UnknownMessageTypeError(sentence, { section, type });
}

function typeName(message: unknown): string {
  return dispatchType(message) ?? '';
}
