import type { EventOf } from './event.js';

/** A listener's place at a stage of an event, until it is given up. */
export interface Subscription extends Disposable {
  /** Whether the listener is still called. */
  readonly subscribed: boolean;
  /** Gives the place up; returns whether there was something to give up and nothing refused it. */
  unsubscribe(): boolean;
}

/** What is called with an event; a promise it returns is not awaited, but its rejection becomes an `error` event. */
export type ListenerFunction<E, Name extends keyof E & string> = (event: EventOf<E, Name>) => unknown;

/** A listener with its host and how often it is called. */
export interface ListenerConfig<E, Name extends keyof E & string> {
  /** A function, or the name of a method of `host`, looked up at each call. */
  readonly callbackFunction: ListenerFunction<E, Name> | string | symbol;
  /**
   * What `this` is for the function or the method.
   *
   * @default the object that is subscribed to, for the name of a method; a function is called without any `this`
   */
  readonly host?: object | undefined;
  /** Whether the first call ends the subscription. @default false */
  readonly once?: boolean | undefined;
}

/** A function, called without `this`; the name of a method of the object subscribed to (bound late); or a configuration. */
export type Listener<E, Name extends keyof E & string> =
  | ListenerFunction<E, Name>
  | string
  | symbol
  | ListenerConfig<E, Name>;

/** Listeners by event name. */
export type Listeners<E> = { readonly [Name in keyof E & string]?: Listener<E, Name> | undefined };

/** One line of a bulk subscription. */
export interface SubscriptionRequest<E, Name extends keyof E & string> {
  readonly stageName: string;
  readonly eventName: Name;
  readonly config: Listener<E, Name>;
}

/** A bulk subscription: each line has the listener type of its own event. */
export type SubscriptionRequests<E, Names extends readonly (keyof E & string)[]> = {
  readonly [Index in keyof Names]: SubscriptionRequest<E, Names[Index]>;
};

/** Which subscriptions to end: those that fit everything that is given. */
export interface SubscriptionSelection {
  readonly eventName?: string | undefined;
  readonly stageName?: string | undefined;
  /** The function or method name that was subscribed. */
  readonly callbackFunction?: ((...args: never[]) => unknown) | string | symbol | undefined;
}
