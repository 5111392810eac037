import { InvalidListenerError } from '../errors/errors.js';
import type { SubscriptionAttempt } from './event-definition.js';
import type { StagedEvent } from './staged-event.js';
import type { Subscription } from './subscription.js';

/** What is called: a function, or the name of a method looked up at each call. */
export type Callback = ((event: never) => unknown) | string | symbol;

/** Where a subscriber has its place. */
export interface SubscriberHome {
  /** Gives a place up because somebody asked; returns false when that is refused. */
  dismiss(subscriber: Subscriber): boolean;
  /** Gives a place up, without asking. */
  remove(subscriber: Subscriber): void;
}

/** A listener at its place. */
export class Subscriber implements Subscription, SubscriptionAttempt {
  readonly eventName: string;
  readonly stageName: string;
  readonly callbackFunction: Callback;
  readonly host: object;
  readonly once: boolean;
  readonly #home: SubscriberHome;
  #subscribed = true;

  constructor(attempt: SubscriptionAttempt & { readonly callbackFunction: Callback }, home: SubscriberHome) {
    this.eventName = attempt.eventName;
    this.stageName = attempt.stageName;
    this.callbackFunction = attempt.callbackFunction;
    this.host = attempt.host;
    this.once = attempt.once;
    this.#home = home;
  }

  get subscribed(): boolean {
    return this.#subscribed;
  }

  unsubscribe(): boolean {
    return this.#subscribed && this.#home.dismiss(this);
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  /** Is called no more. */
  retire(): void {
    this.#subscribed = false;
  }

  /** Is called with an event that is over, and then never again. */
  deliverOnce(event: StagedEvent): void {
    this.retire();
    invoke(this, event);
  }

  deliver(event: StagedEvent): void {
    // A dispatch runs through the list as it was: whoever left since is still on it.
    if (!this.#subscribed) return;

    if (this.once) this.#home.remove(this);
    event.handTo(this);
    invoke(this, event);
  }
}

/** Calls what is to be called; a failure, also a later one of a promise, goes to the event. */
export function invoke(
  { callbackFunction, host }: { readonly callbackFunction: Callback; readonly host: object },
  event: StagedEvent,
): void {
  try {
    const callback =
      typeof callbackFunction === 'function' ? callbackFunction : methodOf(host, callbackFunction, event);
    // `never` accepts every event: which one it is was checked when the listener was subscribed.
    const result = callback.call(host, event as never);
    if (typeof result === 'object' && result !== null) watch(result, event);
  } catch (error) {
    event.fail(error, event.stageName);
  }
}

/** Takes the failure of a promise that nobody awaits. */
function watch(result: object, event: StagedEvent): void {
  if (!('then' in result) || typeof result.then !== 'function') return;

  const { stageName } = event;
  result.then(undefined, (error: unknown) => event.fail(error, stageName));
}

function methodOf(host: object, name: string | symbol, event: StagedEvent): (event: never) => unknown {
  const method = (host as Record<string | symbol, unknown>)[name];
  if (typeof method === 'function') return method as (event: never) => unknown;

  throw new InvalidListenerError(`There is no method \`${String(name)}\` to call with the event \`${event.name}\``, {
    event: event.name,
    listener: name,
  });
}
