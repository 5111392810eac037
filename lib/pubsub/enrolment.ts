import { DuplicateSubscriptionError, EventAccessError, InvalidListenerError } from '../errors/errors.js';
import { describeValue } from '../util/check.js';
import type { Dispatcher } from './dispatcher.js';
import type { Hub } from './hub.js';
import { completeStage, twinStage } from './stage.js';
import { type Callback, type PlaceAttempt, Subscriber } from './subscriber.js';
import type { Subscription } from './subscription.js';

/** Who asks: the public, or the object itself. */
export type Access = 'public' | 'own';

/** A listener as it may be written, without the type of its event. */
export type LooseListener =
  | Callback
  | { readonly callbackFunction: Callback; readonly host?: object | undefined; readonly once?: boolean | undefined };

/** Where somebody wants to be, whatever the event. */
export interface Place {
  readonly stageName: string;
  /** Whether the first call ends it, whatever the listener's own configuration says. */
  readonly once?: boolean | undefined;
}

/** A place that is asked for. */
export interface Application extends Place {
  readonly eventName: string;
  /** Typed, but not trusted: plain scripts give what they like. */
  readonly listener: LooseListener | undefined;
  /** Whether a promise, an iterator or an observable listens. */
  readonly twin?: boolean | undefined;
}

/** What is returned where there is nothing to be called. */
export const noSubscription: Subscription = Object.freeze({
  subscribed: false,
  unsubscribe: () => false,
  [Symbol.dispose]: () => {},
});

/**
 * Gives a listener its place at a stage of an event. An event that is kept is delivered at once instead.
 *
 * @throws {@link InvalidListenerError} (`CLUSTER_INVALID_LISTENER`) for what cannot be called,
 *   {@link EventAccessError} (`CLUSTER_EVENT_ACCESS`) for a stage that is not there or a subscription that is not allowed,
 *   {@link DuplicateSubscriptionError} (`CLUSTER_DUPLICATE_SUBSCRIPTION`).
 */
export function enrol(hub: Hub, application: Application, access: Access): Subscription {
  const dispatcher = hub.dispatcher(application.eventName);
  checkAccess(dispatcher, application, access);
  const subscriber = new Subscriber(attemptOf(application, hub.publisher), dispatcher);
  const verdict = dispatcher.plan.settings.subscribeFunction?.call(hub.publisher, subscriber);
  if (verdict === false) return noSubscription;
  if (typeof verdict === 'object' && verdict !== null) return verdict;

  const { kept } = dispatcher;
  if (kept && (kept.ended || kept.hasReached(subscriber.stageName))) {
    if (kept.hasReached(subscriber.stageName)) subscriber.deliverOnce(kept);
    return noSubscription;
  }
  return admit(hub, dispatcher, subscriber);
}

/** Gives a listener its place among those that hear of all events, at a stage or where twins listen. */
export function enrolForEverything(hub: Hub, stageName: string | undefined, callbackFunction: Callback): Subscription {
  if (stageName === completeStage) throw notSubscribable('*', completeStage, 'it is the own work of each event');

  const application = { eventName: '*', stageName: stageName ?? twinStage, listener: callbackFunction, twin: true };
  return admit(hub, hub.everything, new Subscriber(attemptOf(application, hub.publisher), hub.everything));
}

/**
 * Gives each of several listeners a place at a stage of its own event.
 *
 * @throws {@link InvalidListenerError} (`CLUSTER_INVALID_LISTENER`) for what are no listeners by event name, and what
 *   {@link enrol} throws.
 */
export function enrolEach(hub: Hub, place: Place, listeners: unknown): Subscription {
  if (typeof listeners !== 'object' || listeners === null) {
    throw new InvalidListenerError(
      `Expected the name of an event, or listeners by event name, got ${describeValue(listeners)}`,
      { event: String(listeners), listener: listeners },
    );
  }
  const given = Object.entries(listeners).filter(([, listener]) => listener !== undefined);
  return enrolAll(
    hub,
    given.map(([eventName, listener]) => ({ ...place, eventName, listener })),
  );
}

/** Several subscriptions as one; when one of them fails, those before it are given up. */
export function enrolAll(hub: Hub, applications: readonly Application[]): Subscription {
  const subscriptions: Subscription[] = [];
  try {
    for (const application of applications) subscriptions.push(enrol(hub, application, 'public'));
  } catch (error) {
    for (const subscription of subscriptions) subscription.unsubscribe();
    throw error;
  }
  return new SubscriptionGroup(subscriptions);
}

class SubscriptionGroup implements Subscription {
  readonly #subscriptions: readonly Subscription[];

  constructor(subscriptions: readonly Subscription[]) {
    this.#subscriptions = subscriptions;
  }

  get subscribed(): boolean {
    return this.#subscriptions.some(({ subscribed }) => subscribed);
  }

  unsubscribe(): boolean {
    return this.#subscriptions.filter(subscription => subscription.unsubscribe()).length > 0;
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }
}

function admit(hub: Hub, dispatcher: Dispatcher, subscriber: Subscriber): Subscription {
  if (hub.released) {
    subscriber.retire();
    return subscriber;
  }
  const { eventName, stageName } = subscriber;
  if (!dispatcher.plan.settings.allowDuplicateSubscription && isDuplicate(dispatcher, subscriber)) {
    throw new DuplicateSubscriptionError(
      `The same listener is subscribed to \`${stageName}\` of the event \`${eventName}\` already`,
      { event: eventName, stageName },
    );
  }
  dispatcher.add(subscriber);
  return subscriber;
}

function isDuplicate(dispatcher: Dispatcher, { stageName, callbackFunction, host }: Subscriber): boolean {
  return dispatcher.at(stageName).some(other => other.callbackFunction === callbackFunction && other.host === host);
}

function checkAccess({ plan }: Dispatcher, { eventName, stageName }: Application, access: Access): void {
  if (access === 'public' && !plan.settings.allowPublicSubscription) {
    throw notSubscribable(eventName, stageName, 'its definition keeps it to the object itself');
  }
  if (stageName === completeStage) {
    throw notSubscribable(eventName, stageName, `it is the event's own work, the method \`${plan.methodName}\``);
  }
  // An event without a definition may come from another object, where it has stages of its own.
  if (plan.defined && !plan.stages.includes(stageName)) {
    throw notSubscribable(eventName, stageName, `its stages are ${plan.stages.join(', ')}`);
  }
}

function notSubscribable(event: string, stageName: string, reason: string): EventAccessError {
  const message = `Nobody can subscribe to \`${stageName}\` of the event \`${event}\`: ${reason}`;
  return new EventAccessError(message, { event, stageName });
}

/** What a listener comes to, however it was written. */
interface UncheckedConfig {
  readonly callbackFunction: unknown;
  readonly host?: object | undefined;
  readonly once?: boolean | undefined;
}

function attemptOf(application: Application, publisher: object): PlaceAttempt {
  const { stageName, eventName, listener, once = false, twin = false } = application;
  const { callbackFunction, host, once: onceByConfig = false } = configOf(listener);
  if (!isCallback(callbackFunction)) {
    throw new InvalidListenerError(
      `Expected the listener of \`${eventName}\` to be a function or the name of a method, got ${describeValue(callbackFunction)}`,
      { event: eventName, listener },
    );
  }
  const plain = typeof callbackFunction === 'function' && host === undefined ? callbackFunction : undefined;
  return { eventName, stageName, callbackFunction, plain, host: host ?? publisher, once: once || onceByConfig, twin };
}

function configOf(listener: LooseListener | undefined): UncheckedConfig {
  return typeof listener === 'object' && listener !== null ? listener : { callbackFunction: listener };
}

function isCallback(value: unknown): value is Callback {
  return typeof value === 'function' || typeof value === 'symbol' || (typeof value === 'string' && value !== '');
}
