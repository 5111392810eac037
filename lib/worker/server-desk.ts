import type { SendHandle } from 'node:child_process';
import { dropHandle } from '../channel/intake.js';
import type { ServeOrder, ServeWord } from '../protocol/serving.js';
import { Deferred } from '../util/deferred.js';

/** What the primary answers. */
export type ServeAnswer = Exclude<ServeOrder, { readonly act: 'connection' }>;

/** A connection that the primary hands over. */
export interface HandedOver {
  readonly connection: number;
  /** What the primary has read of it, as latin1. */
  readonly head: string | undefined;
  readonly handle: NonNullable<SendHandle>;
}

/** What one server has to do with the primary. */
export interface ServerLine {
  /** Says something, and resolves with the answer; one question at a time. */
  ask(word: ServeWord): Promise<ServeAnswer>;
  /** Says something. */
  tell(word: ServeWord): void;
}

/** What a {@link ServerDesk} is made with. */
export interface ServerDeskParts {
  /** Says something about the server with this id. */
  readonly tell: (id: number, word: ServeWord) => void;
  /** The primary said what it should not. */
  readonly violation: (reason: string) => void;
}

interface Client {
  readonly taker: (connection: HandedOver) => void;
  question: Deferred<ServeAnswer> | undefined;
}

/** Where the servers of a worker talk with the primary. */
export class ServerDesk {
  readonly #parts: ServerDeskParts;
  readonly #clients = new Map<number, Client>();
  #closed: { readonly reason: unknown } | undefined;

  constructor(parts: ServerDeskParts) {
    this.#parts = parts;
  }

  /** @param taker given the connections that the primary hands over to this server. */
  open(taker: (connection: HandedOver) => void): ServerLine {
    const id = this.#clients.size + 1;
    const client: Client = { taker, question: undefined };
    this.#clients.set(id, client);
    return {
      ask: word => this.#ask(client, id, word),
      tell: word => this.#tell(id, word),
    };
  }

  /** The primary said something. */
  take(id: number, order: ServeOrder, handle: SendHandle | undefined): void {
    const client = this.#clients.get(id);
    if (client && order.act === 'connection' && handle) {
      client.taker({ connection: order.connection, head: order.head, handle });
      return;
    }
    dropHandle(handle);
    const question = client?.question;
    if (!client || !question || order.act === 'connection') {
      this.#parts.violation('an unexpected word about a server');
      return;
    }
    client.question = undefined;
    question.resolve(order);
  }

  /** The primary says nothing more. */
  close(reason: unknown): void {
    this.#closed = { reason };
    for (const client of this.#clients.values()) client.question?.reject(reason);
  }

  #ask(client: Client, id: number, word: ServeWord): Promise<ServeAnswer> {
    if (this.#closed) return Promise.reject(this.#closed.reason);

    client.question = new Deferred<ServeAnswer>().markHandled();
    this.#tell(id, word);
    return client.question.promise;
  }

  #tell(id: number, word: ServeWord): void {
    if (!this.#closed) this.#parts.tell(id, word);
  }
}
