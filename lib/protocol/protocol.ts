/**
 * Everything a cluster says to itself, in six optional dictionaries, named after the sender; and what it shares.
 *
 * A section's name and a key of it spell the name of the handler: `workerMessage: { plated }` is answered by
 * `_eventWorkerMessage_plated`. Messages map a type to its payload, requests map it to a function from payload to reply; a
 * function that returns an `AsyncIterable` is a stream.
 *
 * @example
 * ```ts
 * interface Kitchen extends Protocol {
 *   workerMessage: { plated: { table: number } };
 *   workerRequest: { pantry(item: { name: string }): { left: number } };
 *   primaryRequest: { menu(): AsyncIterable<string> };
 * }
 * ```
 */
export interface Protocol {
  /** What workers tell the primary: type -> payload. */
  workerMessage?: object;
  /** What the primary tells workers: type -> payload. */
  primaryMessage?: object;
  /** What workers tell each other: type -> payload. */
  peerMessage?: object;
  /** What workers ask the primary: type -> (payload) => reply. */
  workerRequest?: object;
  /** What the primary asks a worker: type -> (payload) => reply. */
  primaryRequest?: object;
  /** What workers ask each other: type -> (payload) => reply. */
  peerRequest?: object;
  /** What they share: name -> what is stored there. `storage.get('test.some')` is then typed, and no name misspelt. */
  storage?: object;
}

// biome-ignore lint/suspicious/noExplicitAny: the default protocol is untyped on purpose, so that scripts need no types.
type AnySection = Record<string, any>;

/** The default protocol: any type, any payload. For scripts, and for people coming from JavaScript. */
export interface AnyProtocol {
  workerMessage: AnySection;
  primaryMessage: AnySection;
  peerMessage: AnySection;
  workerRequest: AnySection;
  primaryRequest: AnySection;
  peerRequest: AnySection;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  storage: any;
}

/** The name of a dictionary of messages or requests. */
export type Section = Exclude<keyof Protocol, 'storage'>;

/** A section whose types are answered. */
export type RequestSection = Extract<Section, `${string}Request`>;

/** A section whose types are not answered. */
export type MessageSection = Exclude<Section, RequestSection>;

/** One section of a protocol; `{}` where the protocol leaves it out. */
export type Dictionary<P extends Protocol, S extends Section> = P extends { [K in S]: infer D extends object }
  ? D
  : Empty;

/** What a protocol shares; anything, if it does not say. */
// biome-ignore lint/suspicious/noExplicitAny: storage that the protocol leaves out is untyped, as in `AnyProtocol`.
export type StorageOf<P extends Protocol> = P extends { storage: infer T extends object } ? T : any;

/** The types of a section. */
export type TypeOf<P extends Protocol, S extends Section> = keyof Dictionary<P, S> & string;

/** The types of a request section that are answered once; all of them in `AnyProtocol`. */
export type RequestTypeOf<P extends Protocol, S extends RequestSection> = keyof {
  [T in keyof Dictionary<P, S> as IsStream<Dictionary<P, S>[T]> extends true ? never : T]: T;
} &
  string;

/** The types of a request section that are answered by a stream; all of them in `AnyProtocol`. */
export type StreamTypeOf<P extends Protocol, S extends RequestSection> = keyof {
  [T in keyof Dictionary<P, S> as IsStream<Dictionary<P, S>[T]> extends false ? never : T]: T;
} &
  string;

/** An outgoing message. An intersection, not a union: it keeps compiling inside generic subclasses. */
export type Outgoing<P extends Protocol, S extends MessageSection, T extends TypeOf<P, S>> = {
  readonly type: T;
} & Dictionary<P, S>[T];

/** An outgoing request, or the opening of a stream. */
export type OutgoingRequest<P extends Protocol, S extends RequestSection, T extends TypeOf<P, S>> = {
  readonly type: T;
} & RequestPayload<P, S, T>;

/** An incoming message or request, flattened so that editors show one object. */
export type Incoming<P extends Protocol, S extends Section, T extends TypeOf<P, S>> = Flat<
  { readonly type: T } & Payload<Dictionary<P, S>[T]>
>;

/** What a request of this type carries beside its type; `{}` where the function takes nothing. */
export type RequestPayload<P extends Protocol, S extends RequestSection, T extends TypeOf<P, S>> = Payload<
  Dictionary<P, S>[T]
>;

/** What a request of this type is answered with. */
export type Reply<P extends Protocol, S extends RequestSection, T extends TypeOf<P, S>> =
  // biome-ignore lint/suspicious/noExplicitAny: an entry that is no function promises nothing about its reply.
  Dictionary<P, S>[T] extends (...payload: never[]) => infer R ? Awaited<R> : any;

/** What a stream of this type yields. */
export type StreamItem<P extends Protocol, S extends RequestSection, T extends TypeOf<P, S>> =
  // biome-ignore lint/suspicious/noExplicitAny: as for `Reply`.
  Dictionary<P, S>[T] extends (...payload: never[]) => AsyncIterable<infer Item> ? Item : any;

/** One object type instead of an intersection of several. */
export type Flat<T> = { [K in keyof T]: T[K] } & Empty;

// biome-ignore lint/complexity/noBannedTypes: adds nothing to an intersection, which `object` would.
type Empty = {};

type Payload<F> = F extends (payload: infer D, ...rest: never[]) => unknown
  ? unknown extends D
    ? Empty
    : D
  : F extends () => unknown
    ? Empty
    : F;

/** `boolean`, neither `true` nor `false`, for what is untyped: it can be either. */
type IsStream<F> =
  IsAny<F> extends true
    ? boolean
    : F extends (...payload: never[]) => infer R
      ? IsAny<R> extends true
        ? boolean
        : [R] extends [never]
          ? false
          : [R] extends [AsyncIterable<unknown>]
            ? true
            : false
      : boolean;

type IsAny<T> = 0 extends 1 & T ? true : false;
