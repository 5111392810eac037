import { ServeError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import { serveFrame } from '../protocol/frame.js';
import { isServeWord } from '../protocol/serve-guard.js';
import type { ListeningAddress, ListenSpec, ServeOrder, ServeWord } from '../protocol/serving.js';
import type { Clock } from '../util/clock.js';
import { type AddressBook, addressBook, type Tenant } from './address-book.js';
import type { Announce } from './events.js';
import { freePort } from './free-port.js';
import type { StickyOptions } from './sticky-options.js';
import { type HandOver, StickyRoutes } from './sticky-routes.js';
import { processOf, type WorkerHandle } from './worker-handle.js';

/** What a {@link ServingDesk} is made with. */
export interface ServingDeskParts {
  readonly announce: Announce;
  readonly clock: Clock;
  /** How connections of a group find their worker. */
  readonly stickyOf: (group: string) => StickyOptions | false | undefined;
  /** @default that of this process */
  readonly book?: AddressBook | undefined;
}

/** What a worker asks for. */
interface Question {
  readonly worker: WorkerHandle;
  /** Of the server, in its worker. */
  readonly id: number;
  readonly spec: ListenSpec;
}

/** An entry in the address book. */
interface Entry {
  readonly tenant: Tenant;
  readonly address: string;
  /** Of the route to the server, if connections are handed over to it. */
  readonly route?: string;
}

const mostServers = 1_024;

/** Where workers come whose servers want to listen. Nothing that they say throws. */
export class ServingDesk {
  readonly #announce: Announce;
  readonly #book: AddressBook;
  readonly #stickyOf: ServingDeskParts['stickyOf'];
  readonly #routes: StickyRoutes;
  readonly #entries = new Map<WorkerHandle, Map<number, Entry>>();
  readonly #tenants = new Map<string, Tenant>();
  readonly #ports = new Map<string, Promise<number>>();

  constructor({ announce, clock, stickyOf, book = addressBook }: ServingDeskParts) {
    this.#announce = announce;
    this.#book = book;
    this.#stickyOf = stickyOf;
    this.#routes = new StickyRoutes({ clock, failed: error => void announce('stickyError', { error }) });
  }

  /** A worker says something about its server with this id; returns `false` if it may not. */
  take(worker: WorkerHandle, id: number, word: unknown): boolean {
    if (!isServeWord(word) || id === 0 || id > mostServers) return false;

    const entry = this.#entries.get(worker)?.get(id);
    if (word.act === 'listen' && !entry) void this.#listen({ worker, id, spec: word.spec });
    else if (word.act === 'listening' && entry) this.#listening({ worker, id }, entry, word.address);
    else if (word.act === 'taken') return this.#routes.taken(worker, id, word);
    else if (word.act === 'failed') this.#remove(worker, id);
    else if (word.act === 'close') void this.#close(worker, id);
    else if (word.act === 'closed') this.#announce('workerServerClose', { worker, ...reportOf(word) });
    else return false;
    return true;
  }

  /** The process is gone, and so are its servers. */
  gone(worker: WorkerHandle): void {
    this.#routes.lose(worker);
    for (const { tenant, address } of this.#entries.get(worker)?.values() ?? []) this.#book.remove(tenant, address);
    this.#entries.delete(worker);
  }

  /** The primary accepts nothing for its workers any more. */
  close(): void {
    this.#routes.close();
  }

  #listening({ worker, id }: Pick<Question, 'worker' | 'id'>, { route }: Entry, address: ListeningAddress): void {
    const hand: HandOver = (connection, head, handle) =>
      processOf(worker).conversation.control(serveFrame(id, { act: 'connection', connection, head }), { handle });
    if (route !== undefined) this.#routes.join({ worker, id, key: route }, hand);
    this.#announce('workerListening', { worker, address });
  }

  async #listen(question: Question): Promise<void> {
    const { worker, id } = question;
    try {
      this.#answer(worker, id, await this.#permit(question));
    } catch (error) {
      this.#answer(worker, id, { act: 'refuse', error: toWireError(error) });
    }
  }

  async #permit(question: Question): Promise<ServeOrder> {
    const { worker, spec } = question;
    const sticky = this.#stickyOf(worker.group);
    if (sticky) return this.#permitRoute(question, sticky);
    if (spec.port === 0) return this.#permitAny(question);

    this.#add(question, { tenant: this.#tenant(worker.group), address: addressOf(spec) });
    return { act: 'bind' };
  }

  async #permitRoute(question: Question, sticky: StickyOptions): Promise<ServeOrder> {
    const { worker, id, spec } = question;
    if (spec.balance === 'reusePort') {
      const message = 'With `sticky` the primary listens: no worker has a socket of its own (`reusePort`)';
      throw new ServeError(message, { reason: 'sticky and reusePort' });
    }
    const address = addressOf(spec);
    const route = spec.port === 0 ? `${worker.group} ${id} ${address}` : `${worker.group} ${address}`;
    const tenant = this.#tenant(worker.group, spec.port === 0 ? route : '');
    // On port 0 each has one of its own.
    const found = spec.port === 0 ? route : address;
    this.#add(question, { tenant, address: found, route });
    try {
      return { act: 'route', address: await this.#routes.open(route, spec, sticky) };
    } catch (error) {
      this.#remove(worker, id);
      throw error;
    }
  }

  /** Of all that listen on port 0 Node makes one server, too: whoever comes second gets a port of its own. */
  async #permitAny(question: Question): Promise<ServeOrder> {
    const { worker, id, spec } = question;
    const { host, balance, acrossGroups } = spec;
    const tenant = this.#tenant(worker.group, `${id} ${host}`);
    const address = addressOf(spec);
    const isFirst = acrossGroups || !this.#book.otherThan(tenant, address);
    if (isFirst && balance === 'shared') {
      this.#add(question, { tenant, address });
      return { act: 'bind' };
    }
    const port = await this.#portFor(`${worker.group} ${id}`, host);
    this.#add(question, { tenant, address: addressOf({ ...spec, port }) });
    return { act: 'bind', port };
  }

  /** The same for every worker of the group, also for those that come later. */
  #portFor(server: string, host: string | undefined): Promise<number> {
    const key = `${server} ${host}`;
    const found = this.#ports.get(key) ?? freePort(host);
    this.#ports.set(key, found);
    found.catch(() => this.#ports.delete(key));
    return found;
  }

  #add({ worker, id, spec }: Question, entry: Entry): void {
    // It may have died while a port was looked for.
    if (worker.state === 'exited') return;

    this.#book.add(entry.tenant, entry.address, { together: spec.acrossGroups });
    const entries = this.#entries.get(worker) ?? new Map<number, Entry>();
    this.#entries.set(worker, entries.set(id, entry));
  }

  #remove(worker: WorkerHandle, id: number): void {
    const entry = this.#entries.get(worker)?.get(id);
    if (!entry) return;

    this.#entries.get(worker)?.delete(id);
    this.#book.remove(entry.tenant, entry.address);
  }

  /** Whatever was sent to the worker before this answer has arrived there before it. */
  async #close(worker: WorkerHandle, id: number): Promise<void> {
    this.#remove(worker, id);
    await this.#routes.leave(worker, id);
    this.#answer(worker, id, { act: 'close' });
  }

  #answer(worker: WorkerHandle, id: number, order: ServeOrder): void {
    void processOf(worker).conversation.control(serveFrame(id, order));
  }

  #tenant(group: string, server = ''): Tenant {
    const key = `${group} ${server}`;
    const tenant = this.#tenants.get(key) ?? { group };
    this.#tenants.set(key, tenant);
    return tenant;
  }
}

function addressOf({ host = '*', port, path }: ListenSpec): string {
  return path ?? `${host}:${port}`;
}

/** Without whatever else a worker may have said. */
function reportOf({ address, report }: Extract<ServeWord, { readonly act: 'closed' }>) {
  const { connections, idle, handedOver, cut, resets, duration } = report;
  return { address, report: { connections, idle, handedOver, cut, resets, duration } };
}
