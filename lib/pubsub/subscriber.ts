import { InvalidListenerError } from '../errors/errors.js';
import type { SubscriptionAttempt } from './event-definition.js';
import type { StagedEvent } from './staged-event.js';
import type { Subscription } from './subscription.js';

/** What is called: a function, or the name of a method looked up at each call. */
export type Callback = ((event: never) => unknown) | string | symbol;

/** An object by the names of its methods. */
type Methods = Record<string | symbol, ((event: StagedEvent) => unknown) | undefined>;

/** What a subscriber is made from. */
export interface PlaceAttempt extends SubscriptionAttempt {
  readonly callbackFunction: Callback;
  /** The callback, when it is a function that asked for no host. */
  readonly plain: ((event: never) => unknown) | undefined;
}

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
  /** A function without a host, which is called directly: `call` costs a third more. */
  readonly #plain: ((event: never) => unknown) | undefined;
  subscribed = true;
  /** The index of its stage in the plan of its home; -1 for a stage that is not there. */
  stageIndex = -1;
  readonly #home: SubscriberHome;

  constructor(attempt: PlaceAttempt, home: SubscriberHome) {
    this.eventName = attempt.eventName;
    this.stageName = attempt.stageName;
    this.callbackFunction = attempt.callbackFunction;
    this.host = attempt.host;
    this.once = attempt.once;
    this.#plain = attempt.plain;
    this.#home = home;
  }

  unsubscribe(): boolean {
    return this.subscribed && this.#home.dismiss(this);
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  /** Is called no more. */
  retire(): void {
    this.subscribed = false;
  }

  /** Is called with an event that is over, and then never again. */
  deliverOnce(event: StagedEvent): void {
    this.retire();
    invoke(this.callbackFunction, this.host, event);
  }

  deliver(event: StagedEvent): void {
    // A dispatch runs through the list as it was: whoever left since is still on it.
    if (!this.subscribed) return;

    if (this.once) this.#home.remove(this);
    event.handTo(this);
    try {
      const plain = this.#plain;
      const result = plain === undefined ? call(this.callbackFunction, this.host, event) : plain(event as never);
      if (result !== undefined) watch(result, event);
    } catch (error) {
      event.fail(error, event.stageName);
    }
  }
}

/** Calls what is to be called; a failure, also a later one of a promise, goes to the event. */
export function invoke(callbackFunction: Callback, host: object, event: StagedEvent): void {
  try {
    const result = call(callbackFunction, host, event);
    if (result !== undefined) watch(result, event);
  } catch (error) {
    event.fail(error, event.stageName);
  }
}

/** As {@link invoke} for a method that need not exist. */
export function callIfThere(host: object, name: string, event: StagedEvent): void {
  try {
    const result = (host as Methods)[name]?.(event);
    if (result !== undefined) watch(result, event);
  } catch (error) {
    event.fail(error, event.stageName);
  }
}

/** Takes the failure of a promise that nobody awaits. */
function watch(result: unknown, event: StagedEvent): void {
  if (typeof result !== 'object' || result === null || !('then' in result) || typeof result.then !== 'function') return;

  const { stageName } = event;
  result.then(undefined, (error: unknown) => event.fail(error, stageName));
}

function call(callbackFunction: Callback, host: object, event: StagedEvent): unknown {
  // `never` accepts every event: which one it is was checked when the listener was subscribed.
  if (typeof callbackFunction === 'function') return callbackFunction.call(host, event as never);

  const methods = host as Methods;
  if (typeof methods[callbackFunction] === 'function') return methods[callbackFunction](event);

  const name = String(callbackFunction);
  throw new InvalidListenerError(`There is no method \`${name}\` to call with the event \`${event.name}\``, {
    event: event.name,
    listener: callbackFunction,
  });
}
