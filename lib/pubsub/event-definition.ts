import type { EventOf } from './event.js';
import type { Subscription } from './subscription.js';

/** What a subscribe or unsubscribe function is told. */
export interface SubscriptionAttempt {
  readonly eventName: string;
  readonly stageName: string;
  /** The function or method name. */
  readonly callbackFunction: unknown;
  readonly host: object;
  readonly once: boolean;
}

/** How one event deviates from the default; what is left out is inherited from the base class's definition. */
export interface EventDefinition<E = Record<string, unknown>, Name extends keyof E & string = keyof E & string> {
  /** The stages, in order; `complete` is the event's own work. @default ['before', 'on', 'complete', 'after'] */
  readonly stages?: readonly string[] | undefined;
  /** Which stages can be prevented. @default true */
  readonly preventable?: boolean | ReadonlySet<string> | undefined;
  /** Whether the event completes at most once; publishing it again does nothing. @default false */
  readonly completeOnce?: boolean | undefined;
  /** Whether the event happens once and is kept: late subscribers are called at once. @default false */
  readonly publishOnce?: boolean | undefined;
  /** Fields that `data` has when the publisher gives none of that name. */
  readonly data?: Partial<E[Name]> | undefined;
  /** Whether distributors are offered the event. @default true */
  readonly distributable?: boolean | undefined;
  /** @default true */
  readonly dispatchStoppable?: boolean | undefined;
  /** @default true */
  readonly distributionStoppable?: boolean | undefined;
  /** @default true */
  readonly eventStoppable?: boolean | undefined;
  /** Whether `publish()` works, and not only `_publish()`. @default false; true for events never defined */
  readonly allowPublicPublish?: boolean | undefined;
  /** Whether `on()` and its kin work, and not only `_subscribe()`. @default true */
  readonly allowPublicSubscription?: boolean | undefined;
  /** Whether the bulk `unsubscribe()` touches the event, and not only `_unsubscribe()`. @default true */
  readonly allowPublicUnsubscription?: boolean | undefined;
  /** Whether one callback may be subscribed twice with the same host at one stage. @default true */
  readonly allowDuplicateSubscription?: boolean | undefined;
  /** The event's work, instead of the method `_event<Name>`: a function or the name of a method. */
  readonly completeFunction?: LifecycleFunction<E, Name> | undefined;
  /** Called when the event ends because it came to a prevented stage. */
  readonly preventFunction?: LifecycleFunction<E, Name> | undefined;
  readonly stopDispatchFunction?: LifecycleFunction<E, Name> | undefined;
  readonly stopDistributionFunction?: LifecycleFunction<E, Name> | undefined;
  readonly stopEventFunction?: LifecycleFunction<E, Name> | undefined;
  /** Called before a subscription: `false` refuses it, a returned subscription is used instead of a new one. */
  readonly subscribeFunction?: ((attempt: SubscriptionAttempt) => boolean | Subscription | undefined) | undefined;
  /** Called before a subscription ends: `false` refuses it. */
  readonly unsubscribeFunction?: ((attempt: SubscriptionAttempt) => boolean | undefined) | undefined;
}

/** A function, called with the publisher as `this`, or the name of a method of the publisher. */
export type LifecycleFunction<E, Name extends keyof E & string> =
  | ((event: EventOf<E, Name>) => unknown)
  | string
  | symbol;

/** Definitions by event name. */
export type EventDefinitions<E> = { readonly [Name in keyof E & string]?: EventDefinition<E, Name> | undefined };
