import type { AnyEvents, EventOf, PubsubEvents } from './event.js';
import type { EventDefinitions } from './event-definition.js';
import type { Listener, Listeners, Subscription, SubscriptionRequests, SubscriptionSelection } from './subscription.js';
import type { ObservableEvents, TwinOptions } from './twins.js';

/** The names of events that need no data. */
export type BareName<E> = { [Name in keyof E & string]: undefined extends E[Name] ? Name : never }[keyof E & string];

/** Any of the events. */
export type SomeEvent<E> = { [Name in keyof E & string]: EventOf<E, Name> }[keyof E & string];

/** An object whose events run through stages: `before`, `on`, `complete` (the method `_event<Name>`) and `after`. */
export declare class Pubsub<E extends object = AnyEvents> {
  protected static define<Events extends object>(definitions: EventDefinitions<Events>): void;

  on<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  on(listeners: Listeners<E>): Subscription;
  before<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  before(listeners: Listeners<E>): Subscription;
  after<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  after(listeners: Listeners<E>): Subscription;
  onceOn<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  onceOn(listeners: Listeners<E>): Subscription;
  onceBefore<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  onceBefore(listeners: Listeners<E>): Subscription;
  onceAfter<Name extends keyof E & string>(name: Name, listener: Listener<E, Name>): Subscription;
  onceAfter(listeners: Listeners<E>): Subscription;
  subscribe<Name extends keyof E & string>(stageName: string, name: Name, listener: Listener<E, Name>): Subscription;
  subscribe<Names extends readonly (keyof E & string)[]>(requests: SubscriptionRequests<E, Names>): Subscription;
  unsubscribe(
    which?: (keyof E & string) | SubscriptionSelection | readonly ((keyof E & string) | SubscriptionSelection)[],
  ): number;

  once<Name extends keyof E & string>(
    name: Name,
    options?: TwinOptions<EventOf<E, Name>>,
  ): Promise<EventOf<E, Name>>;
  events<Name extends keyof E & string>(
    name: Name,
    options?: TwinOptions<EventOf<E, Name>>,
  ): AsyncGenerator<EventOf<E, Name>, void, undefined>;
  events<Events = E>(name?: undefined, options?: TwinOptions<SomeEvent<Events>>): AsyncGenerator<SomeEvent<Events>, void, undefined>;
  observe<Name extends keyof E & string>(name: Name): ObservableEvents<EventOf<E, Name>>;
  observe<Events = E>(): ObservableEvents<SomeEvent<Events>>;

  publish<Name extends BareName<E>>(name: Name): boolean;
  publish<Name extends keyof E & string>(name: Name, data: E[Name]): boolean;
  hasSubscribers(name: keyof E & string, stageName?: string): boolean;

  addDistributor(distributor: AnyPubsub): void;
  removeDistributor(distributor: AnyPubsub): boolean;
  destroy(): void | Promise<void>;

  protected _publish<Name extends BareName<E>>(name: Name): boolean;
  protected _publish<Name extends keyof E & string>(name: Name, data: E[Name]): boolean;
  protected _define(definitions: EventDefinitions<E>): void;
  protected _subscribe<Name extends keyof E & string>(
    stageName: string,
    name: Name,
    listener: Listener<E, Name>,
  ): Subscription;
  protected _unsubscribe(
    which?: (keyof E & string) | SubscriptionSelection | readonly ((keyof E & string) | SubscriptionSelection)[],
  ): number;
  protected _releaseSubscribers(): void;
  protected _eventError(event: EventOf<PubsubEvents, 'error'>): void;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever it publishes.
export type AnyPubsub = Pubsub<any>;
