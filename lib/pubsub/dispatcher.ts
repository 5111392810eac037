import { EventEmitter } from 'eventemitter3';
import type { EventPlan } from './event-plan.js';
import type { StagedEvent } from './staged-event.js';
import type { Subscriber, SubscriberHome } from './subscriber.js';

/** Shared, and never changed. Not frozen: a loop over arrays of two kinds is slower. */
const nobody: readonly Subscriber[] = [];

/** Whose subscribers these are. */
export interface DispatcherOwner {
  readonly publisher: object;
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
  /** Whether there is no subscriber, and publishing would leave no trace either. */
  silent = false;
  /**
   * Whom a publication that nobody disturbs calls, in order of the stages, with `undefined` for the event's own work.
   * A change makes a new list.
   */
  steps: readonly (Subscriber | undefined)[] = [];
  readonly #emitter = new EventEmitter<Record<string, (list: Subscriber[]) => void>>();
  /**
   * What the emitter holds, by stage and by index of the plan's stages; a change makes a new list. Publishing runs
   * through these, because an `emit` per stage costs twice as much, and must not see changes made meanwhile.
   */
  readonly #byStage = new Map<string, readonly Subscriber[]>();
  #byIndex: (readonly Subscriber[])[] = [];
  readonly #owner: DispatcherOwner;
  #plan: EventPlan;

  constructor(plan: EventPlan, owner: DispatcherOwner) {
    this.#owner = owner;
    this.#plan = plan;
    this.plan = plan;
  }

  get plan(): EventPlan {
    return this.#plan;
  }

  set plan(plan: EventPlan) {
    this.#plan = plan;
    this.#byIndex = plan.stages.map(stage => this.at(stage));
    for (const subscriber of this.subscribers()) subscriber.stageIndex = plan.stages.indexOf(subscriber.stageName);
    this.#arrange();
  }

  /** Whether there is no subscriber. */
  get empty(): boolean {
    return this.#byStage.size === 0;
  }

  /** The subscribers at a stage of the plan. */
  atIndex(stage: number): readonly Subscriber[] {
    return this.#byIndex[stage] ?? nobody;
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

  add(subscriber: Subscriber): void {
    subscriber.stageIndex = this.#plan.stages.indexOf(subscriber.stageName);
    this.#emitter.on(subscriber.stageName, enlist, subscriber);
    this.#refresh(subscriber.stageName);
  }

  remove(subscriber: Subscriber): void {
    subscriber.retire();
    this.#emitter.off(subscriber.stageName, enlist, subscriber);
    this.#refresh(subscriber.stageName);
  }

  dismiss(subscriber: Subscriber): boolean {
    if (this.#plan.settings.unsubscribeFunction?.call(this.#owner.publisher, subscriber) === false) return false;

    this.remove(subscriber);
    return true;
  }

  /** Removes everybody, without asking. */
  clear(): void {
    for (const subscriber of this.subscribers()) subscriber.retire();
    this.#emitter.removeAllListeners();
    this.#byStage.clear();
    this.#byIndex.fill(nobody);
    this.#tellChanged();
  }

  #refresh(stageName: string): void {
    const list: Subscriber[] = [];
    this.#emitter.emit(stageName, list);
    if (list.length > 0) this.#byStage.set(stageName, list);
    else this.#byStage.delete(stageName);

    const index = this.#plan.stages.indexOf(stageName);
    if (index >= 0) this.#byIndex[index] = this.at(stageName);
    this.#tellChanged();
  }

  #tellChanged(): void {
    this.#arrange();
    this.#owner.changed();
  }

  #arrange(): void {
    const { completeIndex, traceless } = this.#plan;
    this.silent = this.empty && traceless;
    this.steps = this.#byIndex.flatMap<Subscriber | undefined>((list, stage) =>
      stage === completeIndex ? [undefined] : list,
    );
  }
}

/** Calls subscribers in turn, until one stops the dispatch. */
export function dispatch(subscribers: readonly Subscriber[], event: StagedEvent): void {
  // Not `for…of`: this is the hottest loop of the library.
  for (let index = 0; index < subscribers.length; index++) {
    subscribers[index]?.deliver(event);
    if (event.halted) return;
  }
}
