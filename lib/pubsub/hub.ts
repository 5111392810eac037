import type { Definitions } from './definition-registry.js';
import { resolveDefinition, resolvePlan } from './definition-registry.js';
import { Dispatcher, type DispatcherOwner, dispatch, follow } from './dispatcher.js';
import { type Distributing, Distributors } from './distributors.js';
import { EventPlan, mergeDefinitions } from './event-plan.js';
import type { Route } from './route.js';
import { twinStage } from './stage.js';
import { StagedEvent } from './staged-event.js';
import { attempt, type Callback, callOf, type Subscriber } from './subscriber.js';

/** From this many events on, those that were published once and never subscribed to are forgotten now and then. */
const manyEvents = 1024;

/** What one object publishes, and to whom: its dispatchers, and the hubs of its distributors. */
export class Hub implements DispatcherOwner, Distributing<Hub> {
  readonly publisher: object;
  #released = false;
  /** Whether anyone but the subscribers of an event by its name may receive it. */
  #wide = false;
  /** Definitions of this object, over those of its class. */
  readonly definitions: Definitions = new Map();
  /** Whoever observes all events, whatever their names. */
  readonly everything = new Dispatcher(new EventPlan('*', undefined), this);
  readonly #dispatchers = new Map<string, Dispatcher>();
  readonly distributors: Distributors<Hub> = new Distributors<Hub>(this);
  readonly #farewells = new Set<() => void>();
  #pruneAt = manyEvents;
  /** The dispatcher that was used last: asking the map costs as much as calling a listener. */
  #latest: Dispatcher | undefined = undefined;

  constructor(publisher: object) {
    this.publisher = publisher;
  }

  /** Whether nothing is published or subscribed to any more. */
  get released(): boolean {
    return this.#released;
  }

  get alone(): boolean {
    return !this.#wide && !this.#released;
  }

  /** The names of the events that have a dispatcher. */
  get eventNames(): string[] {
    return [...this.#dispatchers.keys()];
  }

  dispatcher(name: string): Dispatcher {
    const latest = this.#latest;
    if (latest !== undefined && latest.eventName === name) return latest;

    this.#latest = this.#dispatchers.get(name) ?? this.#open(name);
    return this.#latest;
  }

  /** Publishes an event; returns whether it came to the end of its own work: nobody prevented or stopped it before. */
  publish(name: string, data: unknown): boolean {
    const dispatcher = this.dispatcher(name);
    const { route } = dispatcher;
    if (route.obstacle !== undefined) {
      if (route.obstacle === 'stages') return this.#publishInStages(dispatcher, data);
      if (this.#completeMethod(route.plan) === undefined) return true;
    }
    const event = new StagedEvent(route, route.plan.fill(data));
    return follow(event, route) || this.#leaveRoute(event, dispatcher, route);
  }

  /** Turns a failure into an `error` event, or into a warning where that is no use. */
  fail(error: unknown, event: StagedEvent, stageName: string): void {
    if (event.name === 'error' || this.#released) warn(`\`${event.name}\` at \`${stageName}\``, error);
    else this.publish('error', { error, event, stageName });
  }

  /** Calls a function of a definition. */
  callLifecycle(callbackFunction: Callback | undefined, event: StagedEvent): void {
    if (callbackFunction !== undefined) attempt(callOf(callbackFunction, this.publisher), event);
  }

  hasSubscribers(name: string, stageName: string | undefined): boolean {
    const { plan } = this.dispatcher(name);
    return this.#reach(plan).some(hub => hub.#hears(name, stageName, plan));
  }

  /** Resolves anew what was defined on this object. */
  redefine(name: string): void {
    const plan = this.#plan(name);
    this.dispatcher(name).plan = plan;
  }

  addDistributor(hub: Hub): void {
    this.distributors.add(hub);
    this.changed();
  }

  removeDistributor(hub: Hub): boolean {
    const removed = this.distributors.delete(hub);
    this.changed();
    return removed;
  }

  changed(): void {
    const wide = !this.distributors.empty || !this.everything.empty;
    if (wide === this.#wide) return;

    this.#wide = wide;
    for (const dispatcher of this.#dispatchers.values()) dispatcher.reroute();
  }

  /** Registers what is called when this hub is released; returns the way out. */
  onRelease(farewell: () => void): () => void {
    this.#farewells.add(farewell);
    return () => void this.#farewells.delete(farewell);
  }

  /** Ends every subscription and drops the distributors; only events that were kept remain. */
  release(): void {
    if (this.#released) return;

    this.#released = true;
    this.distributors.release();
    for (const dispatcher of [...this.#dispatchers.values(), this.everything]) dispatcher.clear();
    for (const farewell of this.#farewells) {
      try {
        farewell();
      } catch (error) {
        warn('the end of all events', error);
      }
    }
    this.#farewells.clear();
  }

  /** Goes on after the call where an event was disturbed: with those of the same stage that were there when it began. */
  #leaveRoute(event: StagedEvent, dispatcher: Dispatcher, route: Route<Subscriber>): boolean {
    const rest = route.restOfStage(event.leaveRoute());
    const stage = event.stageIndex;
    if (stage !== event.plan.completeIndex) this.#dispatch(rest, event);
    const ran = event.eventStopped ? this.#endStopped(event) : this.#run(event, dispatcher, stage + 1);
    event.end();
    return ran;
  }

  /** Publishes an event that others may receive, or that happens only once. */
  #publishInStages(dispatcher: Dispatcher, data: unknown): boolean {
    const { route } = dispatcher;
    const { plan } = route;
    if (this.#released || dispatcher.kept !== undefined) return false;

    const event = new StagedEvent(route, plan.fill(data));
    if (plan.settings.publishOnce) dispatcher.kept = event;
    const ran = this.#run(event, dispatcher, 0);
    event.end();
    return ran;
  }

  #run(event: StagedEvent, dispatcher: Dispatcher, from: number): boolean {
    const { stageCount, completeIndex } = event.plan;
    for (let stage = from; stage < stageCount; stage++) {
      if (!event.enter(stage)) return this.#endPrevented(event, dispatcher);
      if (stage === completeIndex) {
        if (!this.#complete(event, dispatcher)) return false;
      } else if (this.#wide) this.#distribute(event);
      else this.#dispatch(dispatcher.at(event.stageName), event);
      if (event.eventStopped) return this.#endStopped(event);
    }
    return true;
  }

  #dispatch(subscribers: readonly Subscriber[], event: StagedEvent): void {
    dispatch(subscribers, event);
    if (event.stopped) this.#tellStopped(event);
  }

  #endStopped(event: StagedEvent): boolean {
    this.callLifecycle(event.plan.settings.stopEventFunction, event);
    return event.completed;
  }

  #endPrevented(event: StagedEvent, dispatcher: Dispatcher): boolean {
    if (dispatcher.kept === event && !event.completed) dispatcher.kept = undefined;
    this.callLifecycle(event.plan.settings.preventFunction, event);
    return event.completed;
  }

  /** Does the event's own work; returns false when another publication of it has done that meanwhile, once and for all. */
  #complete(event: StagedEvent, dispatcher: Dispatcher): boolean {
    if (event.plan.settings.completeOnce) {
      if (dispatcher.kept !== undefined) return false;
      dispatcher.kept = event;
    }
    event.leave();
    attempt(event.work, event);
    event.complete();
    return true;
  }

  #completeMethod(plan: EventPlan): Callback | undefined {
    if (plan.completeIndex < 0) return undefined;

    const method = (this.publisher as Record<string, unknown>)[plan.methodName];
    return typeof method === 'function' ? (method as Callback) : undefined;
  }

  /** Offers a stage to this object's subscribers, then to each distributor's. */
  #distribute(event: StagedEvent): void {
    const { plan } = event;
    for (const hub of this.#reach(plan)) {
      if (!hub.#offer(event)) continue;
      if (event.stopped) this.#tellStopped(event);
      if (event.distributionStopped || event.eventStopped) break;
    }
    event.leave();
  }

  #known(name: string): Dispatcher | undefined {
    return this.#latest?.eventName === name ? this.#latest : this.#dispatchers.get(name);
  }

  /** Calls who hears of a stage here; returns whether there is anybody. */
  #offer(event: StagedEvent): boolean {
    const { name, stageName, plan } = event;
    if (!this.everything.empty) {
      event.arrive();
      for (const list of this.#audience(name, stageName, plan)) dispatch(list, event);
      return true;
    }
    // Most objects hear of few events, at few stages: who hears of none costs one look.
    const own = this.#known(name)?.at(stageName);
    if (own === undefined || own.length === 0) return false;

    event.arrive();
    dispatch(own, event);
    return true;
  }

  #tellStopped(event: StagedEvent): void {
    const { settings } = event.plan;
    if (event.dispatchStopped) this.callLifecycle(settings.stopDispatchFunction, event);
    if (event.distributionStopped) this.callLifecycle(settings.stopDistributionFunction, event);
  }

  /** Who hears of a stage of an event on this object: the subscribers of its name, then those of everything. */
  #audience(name: string, stageName: string, plan: EventPlan): (readonly Subscriber[])[] {
    const own = this.#dispatchers.get(name)?.at(stageName) ?? [];
    if (this.everything.empty) return [own];

    const twins = stageName === plan.twinStage ? this.everything.at(twinStage) : [];
    return [own, this.everything.at(stageName), twins];
  }

  #hears(name: string, stageName: string | undefined, plan: EventPlan): boolean {
    if (stageName !== undefined) return this.#audience(name, stageName, plan).some(list => list.length > 0);

    return !this.everything.empty || !(this.#dispatchers.get(name)?.empty ?? true);
  }

  #reach(plan: EventPlan): readonly Hub[] {
    return plan.settings.distributable ? this.distributors.path : [this];
  }

  #plan(name: string): EventPlan {
    const own = this.definitions.get(name);
    const prototype: object = Object.getPrototypeOf(this.publisher);
    return own
      ? new EventPlan(name, mergeDefinitions(resolveDefinition(prototype, name), own))
      : resolvePlan(prototype, name);
  }

  #open(name: string): Dispatcher {
    if (this.#dispatchers.size >= this.#pruneAt) this.#prune();
    const dispatcher = new Dispatcher(this.#plan(name), this);
    this.#dispatchers.set(name, dispatcher);
    return dispatcher;
  }

  #prune(): void {
    for (const [name, { plan, empty }] of this.#dispatchers) if (empty && !plan.defined) this.#dispatchers.delete(name);
    this.#latest = undefined;
    this.#pruneAt = Math.max(manyEvents, 2 * this.#dispatchers.size);
  }
}

function warn(what: string, error: unknown): void {
  const { inspect } = process.getBuiltinModule('node:util');
  process.emitWarning(`A listener of ${what} failed: ${inspect(error)}`, {
    type: 'ListenerFailedWarning',
    code: 'CLUSTER_LISTENER_FAILED',
  });
}
