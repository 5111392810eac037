import { Deferred } from '../util/deferred.js';
import { rendezvous } from './rendezvous.js';
import type { RoutedConnection, RoutedListener } from './routed-connection.js';

/** What is known of a listener. */
interface Entry {
  readonly listener: RoutedListener;
  readonly name: string;
  /** What was handed over and is not answered, in the order in which it was. */
  readonly onWay: Map<number, RoutedConnection>;
  /** There once the listener gets nothing more: settles when nothing is on its way. */
  leaving: Deferred<void> | undefined;
}

/** Who takes connections, the oldest first, and what is on its way to whom. */
export class RoutedListeners {
  readonly #entries: Entry[] = [];

  /** How many take connections. */
  get size(): number {
    return this.#entries.reduce((count, { leaving }) => count + (leaving === undefined ? 1 : 0), 0);
  }

  add(listener: RoutedListener): void {
    const { id, name } = listener;
    const entry: Entry = { listener, name, onWay: new Map(), leaving: undefined };
    const place = this.#entries.findIndex(other => other.listener.id > id);
    this.#entries.splice(place === -1 ? this.#entries.length : place, 0, entry);
  }

  /** Who gets connections with that key; of two in the same slot it is the older one. */
  choose({ key, refused }: RoutedConnection): RoutedListener | undefined {
    // Of several with one name, rendezvous() takes the first.
    const free = this.#entries.filter(({ listener, leaving }) => leaving === undefined && !refused.has(listener));
    return rendezvous(free, key)?.listener;
  }

  /** The connection is on its way, under that number. */
  sent(listener: RoutedListener, number: number, connection: RoutedConnection): void {
    this.#entryOf(listener)?.onWay.set(number, connection);
  }

  /** The connection of that number, which is no longer on its way; `undefined` if it was not. */
  arrived(listener: RoutedListener, number: number): RoutedConnection | undefined {
    const entry = this.#entryOf(listener);
    const connection = entry?.onWay.get(number);
    if (entry === undefined || connection === undefined) return undefined;

    entry.onWay.delete(number);
    this.#settle(entry);
    return connection;
  }

  /** The numbers of those that were sent to the listener before that one and are not answered. */
  sentBefore(listener: RoutedListener, number: number): number[] {
    const numbers = this.#entryOf(listener)?.onWay.keys() ?? [];
    const before: number[] = [];
    for (const each of numbers) {
      if (each === number) return before;
      before.push(each);
    }
    return [];
  }

  /** The listener gets nothing more; resolves when nothing is on its way to it. */
  leave(listener: RoutedListener): Promise<void> {
    const entry = this.#entryOf(listener);
    if (entry === undefined) return Promise.resolve();

    entry.leaving ??= new Deferred();
    this.#settle(entry);
    return entry.leaving.promise;
  }

  /** Forgets the listener; returns what was on its way to it. */
  delete(listener: RoutedListener): Iterable<RoutedConnection> {
    const entry = this.#entryOf(listener);
    if (entry === undefined) return [];

    this.#entries.splice(this.#entries.indexOf(entry), 1);
    entry.leaving?.resolve();
    return entry.onWay.values();
  }

  #entryOf(listener: RoutedListener): Entry | undefined {
    return this.#entries.find(entry => entry.listener === listener);
  }

  #settle(entry: Entry): void {
    if (entry.leaving === undefined || entry.onWay.size > 0) return;

    const at = this.#entries.indexOf(entry);
    if (at !== -1) this.#entries.splice(at, 1);
    entry.leaving.resolve();
  }
}
