import { InvalidListenerError } from '../errors/errors.js';
import type { SubscriptionAttempt } from './event-definition.js';
import type { Call, RouteStep } from './route.js';
import type { StagedEvent } from './staged-event.js';

/** What is called: a function, or the name of a method looked up at each call. */
export type Callback = Call | string | symbol;

/** An object by the names of its methods. */
type Methods = Record<string | symbol, Call | undefined>;

/** What a subscriber is made from. */
export interface PlaceAttempt extends SubscriptionAttempt {
  readonly callbackFunction: Callback;
  /** The callback, when it is a function that asked for no host. */
  readonly plain: Call | undefined;
  /** Whether a promise, an iterator or an observable listens, which bulk unsubscription leaves alone. */
  readonly twin: boolean;
}

/** Where a subscriber has its place. */
export interface SubscriberHome {
  readonly publisher: object;
  /** Gives a place up because somebody asked; returns false when that is refused. */
  dismiss(subscriber: Subscriber): boolean;
  /** Gives a place up, without asking. */
  remove(subscriber: Subscriber): void;
}

/** A listener at its place. */
export class Subscriber implements RouteStep, SubscriptionAttempt {
  readonly eventName: string;
  readonly stageName: string;
  readonly callbackFunction: Callback;
  readonly host: object;
  readonly once: boolean;
  readonly twin: boolean;
  /** Takes its turn. */
  readonly call: Call;
  subscribed = true;
  /** What was subscribed, as a function of the event alone. */
  readonly #turn: Call;
  readonly #home: SubscriberHome;

  constructor(attempt: PlaceAttempt, home: SubscriberHome) {
    this.eventName = attempt.eventName;
    this.stageName = attempt.stageName;
    this.callbackFunction = attempt.callbackFunction;
    this.host = attempt.host;
    this.once = attempt.once;
    this.twin = attempt.twin;
    this.#home = home;
    // A function without a host is called directly: anything between costs a third more.
    this.#turn = attempt.plain ?? callOf(attempt.callbackFunction, attempt.host);
    this.call = attempt.once ? event => this.#takeLastTurn(event) : this.#turn;
  }

  get distributor(): object {
    return this.#home.publisher;
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
    attempt(this.#turn, event);
  }

  deliver(event: StagedEvent): void {
    // A dispatch runs through the list as it was: whoever left since is still on it.
    if (!this.subscribed) return;

    event.handTo(this);
    attempt(this.call, event);
  }

  #takeLastTurn(event: never): unknown {
    this.#home.remove(this);
    const turn = this.#turn;
    return turn(event);
  }
}

/** What is to be called, as a function of the event alone. */
export function callOf(callbackFunction: Callback, host: object): Call {
  return event => callIt(callbackFunction, host, event);
}

/** Calls a method that need not exist. */
export function callMethod(host: object, name: string, event: StagedEvent): unknown {
  return (host as Methods)[name]?.(event as never);
}

/** Calls what is to be called; a failure, also a later one of a promise, goes to the event. */
export function attempt(call: Call, event: StagedEvent): void {
  try {
    // `never` accepts every event: which one it is was checked when the listener was subscribed.
    const result = call(event as never);
    if (result !== undefined) watch(result, event);
  } catch (error) {
    event.fail(error, event.stageName);
  }
}

/** Takes the failure of a promise that nobody awaits. */
export function watch(result: unknown, event: StagedEvent): void {
  if (typeof result !== 'object' || result === null || !('then' in result) || typeof result.then !== 'function') return;

  const { stageName } = event;
  result.then(undefined, (error: unknown) => event.fail(error, stageName));
}

function callIt(callbackFunction: Callback, host: object, event: never): unknown {
  if (typeof callbackFunction === 'function') return callbackFunction.call(host, event);

  const methods = host as Methods;
  if (typeof methods[callbackFunction] === 'function') return methods[callbackFunction](event);

  const name = String(callbackFunction);
  const { name: eventName }: StagedEvent = event;
  throw new InvalidListenerError(`There is no method \`${name}\` to call with the event \`${eventName}\``, {
    event: eventName,
    listener: callbackFunction,
  });
}
