// Compile-only: what `lib/protocol` promises to a compiler. `tsc` is the test.
import type {
  PeerMessageEvent,
  PeerRequestEvent,
  PrimaryHandlersOf,
  PrimaryMessageEvent,
  PrimaryRequestEvent,
  WorkerHandlers,
  WorkerMessageEventOf,
  WorkerRequestEventOf,
} from '../../lib/protocol/handlers.js';
import type {
  AnyProtocol,
  Incoming,
  Outgoing,
  OutgoingRequest,
  Protocol,
  Reply,
  RequestTypeOf,
  StreamItem,
  StreamTypeOf,
  TypeOf,
} from '../../lib/protocol/protocol.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function check<_T extends true>(): void {}

interface Handle {
  readonly id: number;
}
type WorkerMessageEvent<P extends Protocol, T extends TypeOf<P, 'workerMessage'>> = WorkerMessageEventOf<P, T, Handle>;
type WorkerRequestEvent<P extends Protocol, T extends TypeOf<P, 'workerRequest'>> = WorkerRequestEventOf<P, T, Handle>;
type PrimaryHandlers<P extends Protocol> = PrimaryHandlersOf<P, Handle>;

interface Kitchen extends Protocol {
  workerMessage: { plated: { table: number }; burnt: { dish: string } };
  primaryMessage: { cook: { dish: string; table: number }; close: object };
  peerMessage: { pass: { dish: string } };
  workerRequest: { pantry(item: { name: string }): { left: number } };
  primaryRequest: {
    status(): { busy: boolean };
    recipe(dish: { dish: string }): Promise<string[]>;
    menu(of: { day: number }): AsyncIterable<string>;
    fail(): never;
  };
  peerRequest: { taste(dish: { dish: string }): { salt: boolean } };
}

check<Equal<Incoming<Kitchen, 'workerMessage', 'plated'>, { readonly type: 'plated'; table: number }>>();
check<Equal<Incoming<Kitchen, 'primaryRequest', 'menu'>, { readonly type: 'menu'; day: number }>>();
check<Equal<Incoming<Kitchen, 'primaryRequest', 'status'>, { readonly type: 'status' }>>();
check<Equal<Reply<Kitchen, 'primaryRequest', 'recipe'>, string[]>>();
check<Equal<RequestTypeOf<Kitchen, 'primaryRequest'>, 'status' | 'recipe' | 'fail'>>();
check<Equal<StreamTypeOf<Kitchen, 'primaryRequest'>, 'menu'>>();
check<Equal<StreamItem<Kitchen, 'primaryRequest', 'menu'>, string>>();
check<Equal<TypeOf<Protocol, 'peerMessage'>, never>>();
check<Equal<RequestTypeOf<AnyProtocol, 'workerRequest'>, string>>();
check<Equal<StreamTypeOf<AnyProtocol, 'workerRequest'>, string>>();

declare class Primary<P extends Protocol = AnyProtocol> {
  send<T extends TypeOf<P, 'primaryMessage'>>(order: { readonly message: Outgoing<P, 'primaryMessage', T> }): void;
  request<T extends RequestTypeOf<P, 'primaryRequest'>>(order: {
    readonly message: OutgoingRequest<P, 'primaryRequest', T>;
  }): Promise<Reply<P, 'primaryRequest', T>>;
  stream<T extends StreamTypeOf<P, 'primaryRequest'>>(order: {
    readonly message: OutgoingRequest<P, 'primaryRequest', T>;
  }): AsyncIterable<StreamItem<P, 'primaryRequest', T>>;
}

export class HeadChef extends Primary<Kitchen> implements PrimaryHandlers<Kitchen> {
  _eventWorkerMessage_plated({ data: { message, worker } }: WorkerMessageEvent<Kitchen, 'plated'>): void {
    message.table satisfies number;
    worker.id satisfies number;
  }
  async _eventWorkerMessage_burnt({ data: { message } }: WorkerMessageEvent<Kitchen, 'burnt'>): Promise<void> {
    this.send({ message: { type: 'cook', dish: message.dish, table: 1 } });
  }
  _eventWorkerRequest_pantry({ data: { message, signal } }: WorkerRequestEvent<Kitchen, 'pantry'>) {
    signal satisfies AbortSignal;
    return { left: message.name.length };
  }
}

export class Cook implements WorkerHandlers<Kitchen> {
  _eventPrimaryMessage_cook({ data: { message } }: PrimaryMessageEvent<Kitchen, 'cook'>): void {
    message.dish satisfies string;
  }
  _eventPrimaryMessage_close(): void {}
  _eventPeerMessage_pass({ data: { message, from } }: PeerMessageEvent<Kitchen, 'pass'>): void {
    message.dish satisfies string;
    from.name satisfies string;
  }
  _eventPrimaryRequest_status() {
    return { busy: true };
  }
  async _eventPrimaryRequest_recipe({ data: { message } }: PrimaryRequestEvent<Kitchen, 'recipe'>) {
    return [message.dish];
  }
  async *_eventPrimaryRequest_menu({ data: { message } }: PrimaryRequestEvent<Kitchen, 'menu'>) {
    yield `day ${message.day}`;
  }
  _eventPrimaryRequest_fail(): never {
    throw new Error('never');
  }
  _eventPeerRequest_taste({ data: { message } }: PeerRequestEvent<Kitchen, 'taste'>) {
    return { salt: message.dish === 'soup' };
  }
}

export async function uses(chef: Primary<Kitchen>, anything: Primary) {
  (await chef.request({ message: { type: 'status' } })).busy satisfies boolean;
  (await chef.request({ message: { type: 'recipe', dish: 'soup' } })) satisfies string[];
  for await (const dish of chef.stream({ message: { type: 'menu', day: 1 } })) dish satisfies string;
  (await anything.request({ message: { type: 'x', more: 1 } })).anything;
  for await (const item of anything.stream({ message: { type: 'x' } })) item.anything;
  // @ts-expect-error a stream is not requested
  void chef.request({ message: { type: 'menu', day: 1 } });
  // @ts-expect-error a request is not streamed
  chef.stream({ message: { type: 'status' } });
  // @ts-expect-error an unknown type
  chef.send({ message: { type: 'cok', dish: 'soup', table: 4 } });
  // @ts-expect-error a payload that lacks a field
  chef.send({ message: { type: 'cook', dish: 'soup' } });
  // @ts-expect-error a field too many
  chef.send({ message: { type: 'cook', dish: 'soup', table: 4, extra: 1 } });
}

// A class generic in its protocol.
interface Beats extends Protocol {
  primaryMessage: { ping: { at: number } };
  primaryRequest: { load(): number };
}
export class Heartbeat<P extends Beats = Beats> extends Primary<P> {
  beat(): void {
    this.send({ message: { type: 'ping', at: 1 } });
    // @ts-expect-error a wrong field
    this.send({ message: { type: 'ping', at: 'x' } });
    // @ts-expect-error an unknown type
    this.send({ message: { type: 'pong', at: 1 } });
  }
}

// An untyped protocol asks for no handlers.
export class Script implements PrimaryHandlers<AnyProtocol> {
  _eventWorkerMessage_log({ data: { message } }: WorkerMessageEvent<AnyProtocol, 'log'>): unknown {
    const { text } = message;
    return text;
  }
}

// @ts-expect-error a handler is missing
export class Forgot implements PrimaryHandlers<Kitchen> {
  _eventWorkerMessage_plated(): void {}
  _eventWorkerRequest_pantry() {
    return { left: 1 };
  }
}

export class WrongReply implements Pick<PrimaryHandlers<Kitchen>, '_eventWorkerRequest_pantry'> {
  // @ts-expect-error the reply has a wrong field
  _eventWorkerRequest_pantry() {
    return { left: 'three' };
  }
}

export class NotAStream implements Pick<WorkerHandlers<Kitchen>, '_eventPrimaryRequest_menu'> {
  // @ts-expect-error a stream is answered by an async iterable
  _eventPrimaryRequest_menu() {
    return ['soup'];
  }
}

interface Misspelt extends Protocol {
  workerMesage: { plated: object };
}
// @ts-expect-error the section is misspelt: `unknown section workerMesage` is missing
export class Typo implements PrimaryHandlers<Misspelt> {}
