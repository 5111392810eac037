import type { SendHandle } from 'node:child_process';
import { dropHandle } from '../channel/intake.js';
import { ServeError } from '../errors/errors.js';
import { mostServers } from '../protocol/serve-guard.js';
import type { ServeOrder, ServeWord } from '../protocol/serving.js';
import { Deferred } from '../util/deferred.js';

/** What the primary answers. */
export type ServeAnswer = Exclude<ServeOrder, { readonly act: 'connection' }>;

/** What a server asks the primary. */
export type ServeQuestion = Extract<ServeWord, { readonly act: 'listen' | 'close' }>;

/** A connection that the primary hands over. */
export interface HandedOver {
  readonly connection: number;
  /** What the primary has read of it, as latin1. */
  readonly head: string | undefined;
  readonly handle: NonNullable<SendHandle>;
}

/** What one server has to do with the primary. */
export interface ServerLine {
  /** Says something, and resolves with the answer; asked again before that comes, a question has the same answer. */
  ask(word: ServeQuestion): Promise<ServeAnswer>;
  /** Says something. */
  tell(word: ServeWord): void;
  /** Nothing more is said, and another server may have the line. */
  end(): void;
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
  /** By what was asked: an answer to one may come while the other waits. */
  readonly questions: Map<ServeQuestion['act'], Deferred<ServeAnswer>>;
}

/** Where the servers of a worker talk with the primary. */
export class ServerDesk {
  readonly #parts: ServerDeskParts;
  readonly #clients = new Map<number, Client>();
  /** Ids that may be given to another server. */
  readonly #free: number[] = [];
  #lastId = 0;
  #closed: { readonly reason: unknown } | undefined;

  constructor(parts: ServerDeskParts) {
    this.#parts = parts;
  }

  /**
   * @param taker given the connections that the primary hands over to this server.
   * @throws {@link ServeError} with code `CLUSTER_SERVE` when there are more than the primary lets a worker have
   */
  open(taker: (connection: HandedOver) => void): ServerLine {
    const id = this.#newId();
    const client: Client = { taker, questions: new Map() };
    this.#clients.set(id, client);
    return {
      ask: word => this.#ask(client, id, word),
      tell: word => this.#tell(id, word),
      end: () => this.#end(client, id),
    };
  }

  /** The primary said something. */
  take(id: number, order: ServeOrder, handle: SendHandle | undefined): void {
    const client = this.#clients.get(id);
    if (order.act === 'connection') {
      const { connection, head } = order;
      if (client && handle) client.taker({ connection, head, handle });
      else this.#refuse(id, connection, handle);
      return;
    }
    dropHandle(handle);
    const act = order.act === 'close' ? 'close' : 'listen';
    const question = client?.questions.get(act);
    client?.questions.delete(act);
    if (question) question.resolve(order);
    else this.#parts.violation('an unexpected word about a server');
  }

  /** The primary says nothing more. */
  close(reason: unknown): void {
    this.#closed = { reason };
    for (const { questions } of this.#clients.values()) {
      for (const question of questions.values()) question.reject(reason);
      questions.clear();
    }
  }

  /** The handle may have been lost on its way: the primary still has its own copy. */
  #refuse(id: number, connection: number, handle: SendHandle | undefined): void {
    dropHandle(handle);
    this.#tell(id, { act: 'taken', connection, accepted: false });
  }

  #newId(): number {
    const id = this.#free.pop() ?? this.#lastId + 1;
    if (id > mostServers) {
      throw new ServeError(`A worker serves at most ${mostServers} servers at once`, { reason: 'too many servers' });
    }
    this.#lastId = Math.max(this.#lastId, id);
    return id;
  }

  #ask(client: Client, id: number, word: ServeQuestion): Promise<ServeAnswer> {
    if (this.#closed) return Promise.reject(this.#closed.reason);

    const asked = client.questions.get(word.act);
    if (asked) return asked.promise;

    const question = new Deferred<ServeAnswer>().markHandled();
    client.questions.set(word.act, question);
    this.#tell(id, word);
    return question.promise;
  }

  #tell(id: number, word: ServeWord): void {
    if (!this.#closed) this.#parts.tell(id, word);
  }

  /** An answer that is still to come would be taken for one to the next server: then the id stays as it is. */
  #end(client: Client, id: number): void {
    if (client.questions.size > 0 || this.#clients.get(id) !== client) return;

    this.#clients.delete(id);
    this.#free.push(id);
  }
}
