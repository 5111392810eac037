import { EventEmitter } from 'eventemitter3';
import type { EventPlan } from './event-plan.js';
import { type Call, type EventHome, Route } from './route.js';
import type { StagedEvent } from './staged-event.js';
import { callMethod, callOf, type Subscriber, type SubscriberHome, watch } from './subscriber.js';

/** Shared, and never changed. Not frozen: a loop over arrays of two kinds is slower. */
const nobody: readonly Subscriber[] = [];

/** Whose subscribers these are. */
export interface DispatcherOwner extends EventHome {
  /** Somebody came or left. */
  changed(): void;
}

/** Every subscriber is registered under this one function, with itself as the context. */
function enlist(this: Subscriber, list: Subscriber[]): void {
  list.push(this);
}

/** The subscribers of one event of one object, by stage, in the order of their subscription. */
export class Dispatcher implements SubscriberHome {
  /** The publication that late subscribers receive. */
  kept: StagedEvent | undefined = undefined;
  readonly eventName: string;
  /** What a publication does as long as nobody disturbs it. A change makes a new one. */
  route: Route<Subscriber>;
  readonly #emitter = new EventEmitter<Record<string, (list: Subscriber[]) => void>>();
  /**
   * What the emitter holds, by stage; a change makes a new list. Publishing runs through these, because an `emit` per
   * stage costs twice as much, and must not see changes made meanwhile.
   */
  readonly #byStage = new Map<string, readonly Subscriber[]>();
  readonly #owner: DispatcherOwner;

  constructor(plan: EventPlan, owner: DispatcherOwner) {
    this.eventName = plan.eventName;
    this.#owner = owner;
    this.route = this.#routeOf(plan);
  }

  get publisher(): object {
    return this.#owner.publisher;
  }

  get plan(): EventPlan {
    return this.route.plan;
  }

  set plan(plan: EventPlan) {
    this.#reroute(plan);
  }

  /** Whether there is no subscriber. */
  get empty(): boolean {
    return this.#byStage.size === 0;
  }

  /** The subscribers at a stage. */
  at(stageName: string): readonly Subscriber[] {
    return this.#byStage.get(stageName) ?? nobody;
  }

  /** All subscribers, or those at one stage. */
  *subscribers(stageName?: string): Generator<Subscriber> {
    if (stageName !== undefined) yield* this.at(stageName);
    else for (const list of [...this.#byStage.values()]) yield* list;
  }

  /** Finds the way of later publications anew, and disturbs those on their way. */
  reroute(): void {
    this.#reroute(this.plan);
  }

  add(subscriber: Subscriber): void {
    this.#emitter.on(subscriber.stageName, enlist, subscriber);
    this.#refresh(subscriber.stageName);
  }

  remove(subscriber: Subscriber): void {
    subscriber.retire();
    this.#emitter.off(subscriber.stageName, enlist, subscriber);
    this.#refresh(subscriber.stageName);
  }

  dismiss(subscriber: Subscriber): boolean {
    if (this.plan.settings.unsubscribeFunction?.call(this.publisher, subscriber) === false) return false;

    this.remove(subscriber);
    return true;
  }

  /** Removes everybody, without asking. */
  clear(): void {
    for (const subscriber of this.subscribers()) subscriber.retire();
    this.#emitter.removeAllListeners();
    this.#byStage.clear();
    this.#tellChanged();
  }

  #refresh(stageName: string): void {
    const list: Subscriber[] = [];
    this.#emitter.emit(stageName, list);
    if (list.length > 0) this.#byStage.set(stageName, list);
    else this.#byStage.delete(stageName);

    this.#tellChanged();
  }

  #tellChanged(): void {
    this.reroute();
    this.#owner.changed();
  }

  #reroute(plan: EventPlan): void {
    this.route.replaced = true;
    this.route = this.#routeOf(plan);
  }

  #routeOf(plan: EventPlan): Route<Subscriber> {
    const steps = plan.stages.flatMap<Subscriber | undefined>((stageName, stageIndex) =>
      stageIndex === plan.completeIndex ? [undefined] : this.at(stageName),
    );
    return new Route(this.#owner, { plan, work: workOf(plan, this.publisher), steps });
  }
}

/** The event's own work: what the definition says, or the method that need not exist. */
function workOf({ settings, methodName }: EventPlan, publisher: object): Call {
  const { completeFunction } = settings;
  if (completeFunction !== undefined) return callOf(completeFunction, publisher);
  return event => callMethod(publisher, methodName, event);
}

/**
 * Runs an event along its route; returns whether it came to the end undisturbed. When anyone stopped, prevented,
 * subscribed or unsubscribed anything, or failed, it stands where that happened.
 */
export function follow(event: StagedEvent, route: Route): boolean {
  // The hottest loop of the library: it does nothing else, so that V8 has room to put it into whoever publishes.
  const { calls } = route;
  const { publisher } = route.home;
  const { methodName } = route.plan;
  try {
    for (let position = 0; position < calls.length; position++) {
      event.reach(position);
      const call = calls[position];
      const result = call !== undefined ? call(event as never) : callMethod(publisher, methodName, event);
      if (result !== undefined) watch(result, event);
      if (event.disturbed || route.replaced !== undefined) return false;
    }
  } catch (error) {
    event.fail(error, event.stageName);
    return false;
  }
  event.arriveAtEnd();
  return true;
}

/** Calls subscribers in turn, until one stops the dispatch. */
export function dispatch(subscribers: readonly Subscriber[], event: StagedEvent): void {
  for (const subscriber of subscribers) {
    if (event.halted) return;
    subscriber.deliver(event);
  }
}
