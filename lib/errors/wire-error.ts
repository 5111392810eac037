import { attempt } from '../util/attempt.js';
import { describeValue } from '../util/check.js';
import { CopyBudget, plainCopy } from '../util/plain-copy.js';
import type { ClusterError } from './cluster-error.js';
import { RemoteError } from './errors.js';
import { type Remains, revive, reviveTrusted } from './revive.js';

/** An error as a plain object that JSON and structured clone carry unchanged. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  /** The error's `details`, or what a system error says of itself, or else what was thrown that is no error. */
  readonly details?: unknown;
  readonly stack?: string;
  readonly cause?: WireError;
  /** The single errors of an AggregateError. */
  readonly errors?: readonly WireError[];
}

/** How an error is taken along. */
export interface WireErrorOptions {
  /** Whether its stack goes too. @default true */
  readonly stack?: boolean | undefined;
}

const longestName = 128;
const longestMessage = 8_192;
const longestStack = 16_384;
/** Characters of one error with everything in it. */
const longestError = 65_536;
/** An error, its cause, and the cause of that. */
const deepestCause = 3;
const mostErrors = 8;
/** What Node adds to the errors of the operating system. */
const systemFields = ['errno', 'syscall', 'path', 'dest', 'address', 'port'] as const;

/** Anything that was thrown as a plain object, within bounds of size and depth. Never throws. */
export function toWireError(error: unknown, { stack = true }: WireErrorOptions = {}): WireError {
  return new Packer(new CopyBudget(longestError), stack).pack(error, 1);
}

/**
 * The error that a {@link WireError} stands for: a {@link RemoteError} with code `CLUSTER_REMOTE`, or one of the few
 * errors of this library that mean the same on both sides. Never throws, whatever the other side sent.
 */
export function fromWireError(value: unknown): ClusterError {
  return unpack(value, 1);
}

/**
 * The same for what the library itself says in a primary of other workers: that one has exited, say, which no worker can
 * claim. Nothing that a worker wrote may come this way.
 */
export function fromPrimaryError(value: unknown): ClusterError {
  return unpack(value, 1, remains => reviveTrusted(remains) ?? revive(remains));
}

class Packer {
  readonly #budget: CopyBudget;
  readonly #stack: boolean;

  constructor(budget: CopyBudget, stack: boolean) {
    this.#budget = budget;
    this.#stack = stack;
  }

  pack(error: unknown, depth: number): WireError {
    const message = textOf(error, 'message');
    if (message === undefined) return this.#packOther(error);

    const name = this.#cut(textOf(error, 'name') ?? 'Error', longestName);
    const code = this.#code(read(error, 'code'));
    const stack = this.#stack ? textOf(error, 'stack') : undefined;
    return withoutUndefined({
      name,
      message: this.#cut(message, longestMessage),
      code,
      stack: stack === undefined ? undefined : this.#cut(stack, longestStack),
      details: this.#details(error),
      cause: this.#cause(read(error, 'cause'), depth),
      errors: this.#errors(read(error, 'errors'), depth),
    });
  }

  /** A string that was thrown is its own message; anything else is described, and taken along as details. */
  #packOther(thrown: unknown): WireError {
    if (typeof thrown === 'string') return { name: 'Error', message: this.#cut(thrown, longestMessage) };

    const message = `Something that is no error was thrown: ${describeValue(thrown)}`;
    return withoutUndefined({ name: 'Error', message, details: plainCopy(thrown, this.#budget) });
  }

  #cut(text: string, limit: number): string {
    return this.#budget.text(text, limit);
  }

  #code(code: unknown): string | number | undefined {
    if (typeof code === 'string') return this.#cut(code, longestName);
    return Number.isFinite(code) ? Number(code) + 0 : undefined;
  }

  #details(error: unknown): unknown {
    const details = read(error, 'details');
    if (details !== undefined) return plainCopy(details, this.#budget);
    if (read(error, 'syscall') === undefined) return undefined;

    return plainCopy(Object.fromEntries(systemFields.map(field => [field, read(error, field)])), this.#budget);
  }

  #cause(cause: unknown, depth: number): WireError | undefined {
    return cause === undefined || depth === deepestCause ? undefined : this.pack(cause, depth + 1);
  }

  #errors(errors: unknown, depth: number): readonly WireError[] | undefined {
    const list = depth < deepestCause ? listOf(errors) : [];
    return list.length === 0 ? undefined : list.map(error => this.pack(error, depth + 1));
  }
}

function unpack(
  value: unknown,
  depth: number,
  bringBack: (remains: Remains) => ClusterError | undefined = revive,
): ClusterError {
  const message = textOf(value, 'message') ?? 'The other side failed and did not say why';
  const code = read(value, 'code');
  const cause = unpackCause(value, depth);
  const options = cause === undefined ? {} : { cause };
  const details = plainCopy(read(value, 'details'));
  const error = bringBack({ code, message, details, options });
  if (error !== undefined) return error;

  return new RemoteError(
    message,
    {
      remoteName: textOf(value, 'name') ?? 'Error',
      remoteCode: typeof code === 'string' || typeof code === 'number' ? code : undefined,
      remoteDetails: details,
      remoteStack: textOf(value, 'stack'),
    },
    options,
  );
}

/** The far cause; the single errors of an AggregateError, which has none as a rule, take its place. */
function unpackCause(value: unknown, depth: number): Error | undefined {
  if (depth === deepestCause) return undefined;

  const cause = read(value, 'cause');
  if (cause !== undefined) return unpack(cause, depth + 1);

  const errors = listOf(read(value, 'errors')).map(error => unpack(error, depth + 1));
  return errors.length === 0 ? undefined : new AggregateError(errors, `${errors.length} errors of the other side`);
}

function read(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? attempt(() => Reflect.get(value, key), undefined) : undefined;
}

function textOf(value: unknown, key: string): string | undefined {
  const text = read(value, key);
  return typeof text === 'string' ? text : undefined;
}

function listOf(value: unknown): unknown[] {
  return attempt((): unknown[] => (Array.isArray(value) ? Array.from(value.slice(0, mostErrors)) : []), []);
}

/** Absent and `undefined` are not the same to structured clone, and to `exactOptionalPropertyTypes`. */
function withoutUndefined(error: { readonly [Key in keyof WireError]: WireError[Key] | undefined }): WireError {
  // Only optional properties are ever undefined here.
  return Object.fromEntries(
    Object.entries(error).filter(([, value]) => value !== undefined),
  ) as Partial<WireError> as WireError;
}
