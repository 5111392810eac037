import { ServeError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import { serveFrame } from '../protocol/frame.js';
import { isServeWord, mostServers } from '../protocol/serve-guard.js';
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

/** Whose name is in the address book. */
interface Booking {
  readonly tenant: Tenant;
  readonly address: string;
}

/** The port that servers of a group get who ask for any. */
interface FoundPort {
  readonly host: string | undefined;
  readonly port: Promise<number>;
}

/** A server of a worker, from when it asks until it is closed. */
interface Entry {
  booking?: Booking;
  found?: FoundPort;
  /** Whether it may still become, or fail to become, one that listens. */
  isOpening: boolean;
}

/** One server of one worker. */
interface Server {
  readonly worker: WorkerHandle;
  /** Of the server, in its worker. */
  readonly id: number;
}

/** What a worker asks for. */
interface Question extends Server {
  readonly spec: ListenSpec;
  readonly entry: Entry;
}

/** Where workers come whose servers want to listen. Nothing that they say throws. */
export class ServingDesk {
  readonly #announce: Announce;
  readonly #book: AddressBook;
  readonly #stickyOf: ServingDeskParts['stickyOf'];
  readonly #routes: StickyRoutes;
  readonly #entries = new Map<WorkerHandle, Map<number, Entry>>();
  readonly #tenants = new Map<string, Tenant>();
  /** By group, then by the server's id. */
  readonly #ports = new Map<string, Map<number, FoundPort>>();

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
    if (word.act === 'listen' && !entry) void this.#listen(this.#question({ worker, id }, word.spec));
    else if (word.act === 'listening' && entry?.isOpening) this.#listening({ worker, id }, entry, word.address);
    else if (word.act === 'taken') return this.#routes.taken(worker, id, word);
    else if (word.act === 'failed' && entry?.isOpening !== false) this.#failed({ worker, id }, entry);
    else if (word.act === 'close') void this.#close({ worker, id }, entry);
    else if (word.act === 'closed') this.#announce('workerServerClose', { worker, ...reportOf(word) });
    else return false;
    return true;
  }

  /** The process is gone, and so are its servers. */
  gone(worker: WorkerHandle): void {
    this.#routes.lose(worker);
    for (const entry of this.#entries.get(worker)?.values() ?? []) this.#release(entry);
    this.#entries.delete(worker);
  }

  /** The primary accepts nothing for its workers any more. */
  close(): void {
    this.#routes.close();
  }

  #question({ worker, id }: Server, spec: ListenSpec): Question {
    const entry: Entry = { isOpening: true };
    const entries = this.#entries.get(worker) ?? new Map<number, Entry>();
    this.#entries.set(worker, entries.set(id, entry));
    return { worker, id, spec, entry };
  }

  async #listen(question: Question): Promise<void> {
    try {
      this.#answer(question, await this.#permit(question));
    } catch (error) {
      this.#remove(question, question.entry);
      this.#answer(question, { act: 'refuse', error: toWireError(error) });
    }
  }

  #listening({ worker, id }: Server, entry: Entry, address: ListeningAddress): void {
    const hand: HandOver = (connection, head, handle) =>
      processOf(worker).conversation.control(serveFrame(id, { act: 'connection', connection, head }), { handle });
    entry.isOpening = false;
    this.#routes.join(worker, id, hand);
    this.#announce('workerListening', { worker, address: plainAddress(address) });
  }

  async #permit(question: Question): Promise<ServeOrder> {
    const { worker, spec } = question;
    const sticky = this.#stickyOf(worker.group);
    if (sticky) return this.#permitRoute(question, sticky);
    if (spec.port === 0) return this.#permitAny(question);

    this.#enter(question, { tenant: this.#tenant(worker.group), address: addressOf(spec) });
    return { act: 'bind' };
  }

  async #permitRoute(question: Question, sticky: StickyOptions): Promise<ServeOrder> {
    const { worker, id, spec } = question;
    if (spec.balance === 'reusePort') {
      const message = 'With `sticky` the primary listens: no worker has a socket of its own (`reusePort`)';
      throw new ServeError(message, { reason: 'sticky and reusePort' });
    }
    const address = addressOf(spec);
    // On port 0 each has one of its own.
    const isAny = spec.port === 0;
    const key = isAny ? `${worker.group} ${id} ${address}` : `${worker.group} ${address}`;
    if (!isAny) this.#enter(question, { tenant: this.#tenant(worker.group), address });
    return { act: 'route', address: await this.#routes.open({ worker, id, key }, spec, sticky) };
  }

  /** Of all that listen on port 0 Node makes one server, too: whoever comes second gets a port of its own. */
  async #permitAny(question: Question): Promise<ServeOrder> {
    const { worker, id, spec } = question;
    const { host, balance, acrossGroups } = spec;
    const tenant = this.#tenant(worker.group, id);
    const address = addressOf(spec);
    const isFirst = acrossGroups || !this.#book.otherThan(tenant, address);
    if (isFirst && balance === 'shared') {
      this.#enter(question, { tenant, address });
      return { act: 'bind' };
    }
    const found = this.#portFor(question, host);
    question.entry.found = found;
    const port = await found.port;
    this.#enter(question, { tenant, address: addressOf({ ...spec, port }) });
    return { act: 'bind', port };
  }

  /** The same for every worker of the group, also for those that come later. */
  #portFor({ worker, id }: Server, host: string | undefined): FoundPort {
    const ports = this.#ports.get(worker.group) ?? new Map<number, FoundPort>();
    this.#ports.set(worker.group, ports);
    const known = ports.get(id);
    if (known && known.host === host) return known;

    const found = { host, port: freePort(host) };
    ports.set(id, found);
    found.port.catch(() => this.#forget({ worker, id }, found));
    return found;
  }

  #forget({ worker, id }: Server, found: FoundPort | undefined): void {
    const ports = this.#ports.get(worker.group);
    if (found && ports?.get(id) === found) ports.delete(id);
  }

  /** Unless its worker has died, or changed its mind, while a port was looked for. */
  #enter({ worker, id, spec, entry }: Question, booking: Booking): void {
    if (this.#entries.get(worker)?.get(id) !== entry) return;

    this.#book.add(booking.tenant, booking.address, { together: spec.acrossGroups });
    entry.booking = booking;
  }

  #release(entry: Entry): void {
    if (entry.booking) this.#book.remove(entry.booking.tenant, entry.booking.address);
    delete entry.booking;
  }

  #remove({ worker, id }: Server, entry: Entry): void {
    const entries = this.#entries.get(worker);
    if (entries?.get(id) !== entry) return;

    entries.delete(id);
    this.#release(entry);
    // One that was to be handed connections, and could not.
    void this.#routes.leave(worker, id);
  }

  /** Nobody is to try the same port again: it is somebody else's. */
  #failed(server: Server, entry: Entry | undefined): void {
    if (!entry) return;

    this.#forget(server, entry.found);
    this.#remove(server, entry);
  }

  /** Whatever was sent to the worker before this answer has arrived there before it. */
  async #close(server: Server, entry: Entry | undefined): Promise<void> {
    // It stays there until nothing is on its way, so that nothing else has its id.
    if (entry) {
      entry.isOpening = false;
      this.#release(entry);
    }
    await this.#routes.leave(server.worker, server.id);
    if (entry) this.#remove(server, entry);
    this.#answer(server, { act: 'close' });
  }

  #answer({ worker, id }: Server, order: ServeOrder): void {
    void processOf(worker).conversation.control(serveFrame(id, order));
  }

  /** @param id of a server that shares its address with nobody but those of this id in other workers. */
  #tenant(group: string, id = 0): Tenant {
    const key = `${group} ${id}`;
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
  return {
    address: address && plainAddress(address),
    report: { connections, idle, handedOver, cut, resets, duration },
  };
}

function plainAddress({ address, port, addressType }: ListeningAddress): ListeningAddress {
  return { address, port, addressType };
}
