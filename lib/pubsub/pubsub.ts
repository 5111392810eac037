import { EventAccessError } from '../errors/errors.js';
import { addDefinitions, defineEvents } from './definition-registry.js';
import { enrol, enrolAll, enrolEach, type LooseListener, type Place } from './enrolment.js';
import type { AnyEvents, EventOf, PubsubEvents } from './event.js';
import type { EventDefinitions } from './event-definition.js';
import { EventIterator, type EventStream } from './event-iterator.js';
import { Hub } from './hub.js';
import { ObservableEvents } from './observable-events.js';
import { unsubscribeSelected } from './selection.js';
import type { Listener, Listeners, Subscription, SubscriptionRequests, SubscriptionSelection } from './subscription.js';
import { nextEvent, type TwinOptions } from './twins.js';

/** The names of events that need no data. */
export type BareName<E> = { [Name in keyof E & string]: undefined extends E[Name] ? Name : never }[keyof E & string];

/** Any of the events. */
export type SomeEvent<E> = { [Name in keyof E & string]: EventOf<E, Name> }[keyof E & string];

/** What `unsubscribe` takes: an event's name, what subscriptions must fit, or a list of these. */
export type EventSelection<E> =
  | (keyof E & string)
  | SubscriptionSelection
  | readonly ((keyof E & string) | SubscriptionSelection)[];

// biome-ignore lint/suspicious/noExplicitAny: any publisher, whatever it publishes.
export type AnyPubsub = Pubsub<any>;

/** What {@link Pubsub.subscribe} takes in bulk, without the types of the events. */
type LooseRequests = readonly { stageName: string; eventName: string; config: LooseListener }[];

/**
 * An object whose events run through stages: `before`, `on`, `complete` (the method `_event<Name>`) and `after`.
 *
 * Publishing is synchronous. A subscriber may change the data, prevent a stage, stop the event, subscribe and
 * unsubscribe meanwhile; its failure becomes an `error` event and stops nobody else.
 *
 * @example
 * class Kitchen extends Pubsub<{ dishServed: { table: number } }> {
 *   serve(table: number) { this._publish('dishServed', { table }); }
 *   _eventDishServed({ data }: PhasedEvent<{ table: number }>) { console.log(data.table); }
 * }
 * const kitchen = new Kitchen();
 * kitchen.before('dishServed', event => event.data.table === 13 && event.prevent());
 */
export class Pubsub<E extends object = AnyEvents> {
  static {
    Pubsub.define<PubsubEvents>({
      error: {},
      destroy: { completeOnce: true, preventable: false, eventStoppable: false },
      destroyComplete: { publishOnce: true, preventable: false, eventStoppable: false },
    });
  }

  // Its type does not mention `E`: private fields take part in assignability, and subclasses shall be assignable.
  readonly #hub = new Hub(this);

  /**
   * Says how events of this class and its subclasses deviate from the default. For a static block.
   *
   * @throws {@link EventDefinitionError} (`CLUSTER_EVENT_DEFINITION`) when a definition contradicts itself.
   */
  protected static define<Events extends object>(definitions: EventDefinitions<Events>): void {
    defineEvents(this.prototype, definitions);
  }

  /** Calls a listener in the `on` stage of an event, or each of several of its own event. */
  on<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  on(listeners: Listeners<E>): Subscription;
  on(what: string | object, listener?: LooseListener): Subscription {
    return this.#enrolAt({ stageName: 'on' }, what, listener);
  }

  /** Calls a listener in the `before` stage, where the event can still be changed and prevented. */
  before<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  before(listeners: Listeners<E>): Subscription;
  before(what: string | object, listener?: LooseListener): Subscription {
    return this.#enrolAt({ stageName: 'before' }, what, listener);
  }

  /** Calls a listener in the `after` stage, when the event has happened. */
  after<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  after(listeners: Listeners<E>): Subscription;
  after(what: string | object, listener?: LooseListener): Subscription {
    return this.#enrolAt({ stageName: 'after' }, what, listener);
  }

  /** As {@link Pubsub.on}, for one call. */
  onceOn<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  onceOn(listeners: Listeners<E>): Subscription;
  onceOn(what: string | object, listener?: LooseListener): Subscription {
    return this.#enrolAt({ stageName: 'on', once: true }, what, listener);
  }

  /** As {@link Pubsub.before}, for one call. */
  onceBefore<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  onceBefore(listeners: Listeners<E>): Subscription;
  onceBefore(what: string | object, listener?: LooseListener): Subscription {
    return this.#enrolAt({ stageName: 'before', once: true }, what, listener);
  }

  /** As {@link Pubsub.after}, for one call. */
  onceAfter<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  onceAfter(listeners: Listeners<E>): Subscription;
  onceAfter(what: string | object, listener?: LooseListener): Subscription {
    return this.#enrolAt({ stageName: 'after', once: true }, what, listener);
  }

  /** Calls a listener at any stage of an event; with an array, several listeners. */
  subscribe<Name extends keyof E & string>(stageName: string, name: Name, listener: Listener<E, Name>): Subscription;
  subscribe<Names extends readonly (keyof E & string)[]>(requests: SubscriptionRequests<E, Names>): Subscription;
  subscribe(what: string | readonly object[], eventName?: string, listener?: LooseListener): Subscription {
    if (typeof what === 'string') return this.#enrolAt({ stageName: what }, eventName, listener);

    const requests = what as LooseRequests;
    return enrolAll(
      this.#hub,
      requests.map(({ config, ...place }) => ({ ...place, listener: config })),
    );
  }

  /**
   * Ends all subscriptions of listeners, or those selected; returns how many. A listener's own way out is its
   * `Subscription`. Whoever waits with `once()`, `events()` or `observe()` is not touched: these have their own.
   *
   * @throws {@link EventAccessError} (`CLUSTER_EVENT_ACCESS`) when an event that was named does not allow it.
   */
  unsubscribe(selection?: EventSelection<E>): number {
    return unsubscribeSelected(this.#hub, selection, 'public');
  }

  /** Resolves with the next event of a name once it has happened; see {@link TwinOptions}. */
  once<Name extends keyof E & string>(name: Name, options?: TwinOptions<EventOf<E, Name>>): Promise<EventOf<E, Name>> {
    return nextEvent({ hub: this.#hub, name }, options);
  }

  /** Iterates over the events of a name, or over all, from now on and until the object is destroyed. */
  events<Name extends keyof E & string>(
    name: Name,
    options?: TwinOptions<EventOf<E, Name>>,
  ): EventStream<EventOf<E, Name>>;
  // `Events`, not `E`: a subclass publishes more events than its base, and shall be assignable to it.
  events<Events = E>(name?: undefined, options?: TwinOptions<SomeEvent<Events>>): EventStream<SomeEvent<Events>>;
  events(name?: string, options?: TwinOptions<never>): EventStream<never> {
    return new EventIterator({ hub: this.#hub, name }, options);
  }

  /** The events of a name, or all, as an interoperable observable; it completes when the object is destroyed. */
  observe<Name extends keyof E & string>(name: Name): ObservableEvents<EventOf<E, Name>>;
  observe<Events = E>(): ObservableEvents<SomeEvent<Events>>;
  observe(name?: string): ObservableEvents<never> {
    return new ObservableEvents({ hub: this.#hub, name });
  }

  /**
   * Publishes an event from outside; returns as {@link Pubsub._publish} does.
   *
   * @throws {@link EventAccessError} (`CLUSTER_EVENT_ACCESS`) when the event is defined and its definition does not
   *   allow it.
   */
  publish<Name extends BareName<E>>(name: Name): boolean;
  publish<Name extends keyof E & string>(name: Name, data: E[Name]): boolean;
  publish(name: string, data?: unknown): boolean {
    const { defined, settings } = this.#hub.dispatcher(name).plan;
    if (!defined || settings.allowPublicPublish) return this.#hub.publish(name, data);

    throw new EventAccessError(`The event \`${name}\` is published by the object itself`, { event: name });
  }

  /** Whether anyone would receive an event, at any stage or at one, here or at a distributor. */
  hasSubscribers(name: keyof E & string, stageName?: string): boolean {
    return this.#hub.hasSubscribers(name, stageName);
  }

  /** Offers the events of this object to the subscribers of another as well; cycles do no harm. */
  addDistributor(distributor: AnyPubsub): void {
    this.#hub.addDistributor(distributor.#hub);
  }

  /** Ends what {@link Pubsub.addDistributor} began; returns whether it had. */
  removeDistributor(distributor: AnyPubsub): boolean {
    return this.#hub.removeDistributor(distributor.#hub);
  }

  /** Publishes `destroy` and `destroyComplete`, then ends every subscription. Nothing is published afterwards. */
  destroy(): void | Promise<void> {
    if (!this.#hub.publish('destroy', {})) return;

    this.#hub.publish('destroyComplete', {});
    this._releaseSubscribers();
  }

  /**
   * Publishes an event; returns whether it went through, which it did not when somebody prevented or stopped it before
   * its work was done, or when the object is destroyed.
   */
  protected _publish<Name extends BareName<E>>(name: Name): boolean;
  protected _publish<Name extends keyof E & string>(name: Name, data: E[Name]): boolean;
  protected _publish(name: string, data?: unknown): boolean {
    return this.#hub.publish(name, data);
  }

  /** As the static `define`, for this object only. */
  protected _define(definitions: EventDefinitions<E>): void {
    addDefinitions(this.#hub.definitions, definitions);
    for (const name of Object.keys(definitions)) this.#hub.redefine(name);
  }

  /** As {@link Pubsub.subscribe}, also where the definition keeps subscribing to the object itself. */
  protected _subscribe<Name extends keyof E & string>(
    stageName: string,
    name: Name,
    listener: Listener<E, Name>,
  ): Subscription {
    return enrol(this.#hub, { stageName, eventName: name, listener }, 'own');
  }

  /** As {@link Pubsub.unsubscribe}, also where the definition keeps unsubscribing to the object itself. */
  protected _unsubscribe(selection?: EventSelection<E>): number {
    return unsubscribeSelected(this.#hub, selection, 'own');
  }

  /** Ends every subscription, iterator and observable, and drops the distributors. The last thing `destroy` does. */
  protected _releaseSubscribers(): void {
    this.#hub.release();
  }

  /** What a listener's failure does unless `error` is prevented: it is thrown where nobody can overhear it. */
  protected _eventError({ data: { error } }: EventOf<PubsubEvents, 'error'>): void {
    queueMicrotask(() => {
      throw error;
    });
  }

  #enrolAt(place: Place, what: unknown, listener: LooseListener | undefined): Subscription {
    if (typeof what !== 'string') return enrolEach(this.#hub, place, what);

    return enrol(this.#hub, { ...place, eventName: what, listener }, 'public');
  }
}
