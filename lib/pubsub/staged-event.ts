import { EventAccessError } from '../errors/errors.js';
import type { PhasedEvent } from './event.js';
import type { EventPlan } from './event-plan.js';
import { completeStage } from './stage.js';
import type { Subscription } from './subscription.js';

/** Whoever runs an event. */
export interface EventHome {
  readonly publisher: object;
  /** Takes what a listener or a complete method threw at a stage. */
  fail(error: unknown, event: StagedEvent, stageName: string): void;
}

const dispatchStopped = 1;
const distributionStopped = 2;
const eventStopped = 4;
const completed = 8;
const ended = 16;

/** A {@link PhasedEvent} with what the library does to it on its way. One per publication: it may be kept. */
export class StagedEvent implements PhasedEvent {
  readonly name: string;
  readonly data: unknown;
  readonly #plan: EventPlan;
  readonly #home: EventHome;
  #distributor: object;
  #subscription: Subscription | undefined = undefined;
  #stage = -1;
  #flags = 0;
  #prevented = 0;

  constructor(plan: EventPlan, data: unknown, home: EventHome) {
    this.name = plan.eventName;
    this.data = data;
    this.#plan = plan;
    this.#home = home;
    this.#distributor = home.publisher;
  }

  get publisher(): object {
    return this.#home.publisher;
  }

  get distributor(): object {
    return this.#distributor;
  }

  get stageName(): string {
    return this.#plan.stages[this.#stage] ?? '';
  }

  get completed(): boolean {
    return (this.#flags & completed) !== 0;
  }

  get dispatchStopped(): boolean {
    return (this.#flags & dispatchStopped) !== 0;
  }

  get distributionStopped(): boolean {
    return (this.#flags & distributionStopped) !== 0;
  }

  get eventStopped(): boolean {
    return (this.#flags & eventStopped) !== 0;
  }

  /** Whether no further listener of this stage on this object is called. */
  get halted(): boolean {
    return (this.#flags & (dispatchStopped | eventStopped)) !== 0;
  }

  /** Whether a listener stopped anything in this stage. */
  get stopped(): boolean {
    return (this.#flags & (dispatchStopped | distributionStopped)) !== 0;
  }

  /** Whether the event has run as far as it ever will. */
  get ended(): boolean {
    return (this.#flags & ended) !== 0;
  }

  prevent(stage: string = completeStage): this {
    const index = this.#plan.stages.indexOf(stage);
    if (index < 0) throw this.#refusal(`has no stage \`${stage}\``);
    if (!this.#plan.canPrevent(index)) throw this.#refusal(`is a fact: its stage \`${stage}\` cannot be prevented`);

    if (index > this.#stage && !this.ended) this.#prevented |= 1 << index;
    return this;
  }

  isPrevented(stage: string = completeStage): boolean {
    const index = this.#plan.stages.indexOf(stage);
    return index >= 0 && (this.#prevented & (1 << index)) !== 0;
  }

  stopDispatch(): this {
    if (!this.#plan.settings.dispatchStoppable) throw this.#refusal('does not allow `stopDispatch()`');

    this.#flags |= dispatchStopped;
    return this;
  }

  stopDistribution(): this {
    if (!this.#plan.settings.distributionStoppable) throw this.#refusal('does not allow `stopDistribution()`');

    this.#flags |= distributionStopped;
    return this;
  }

  stopEvent(): this {
    if (!this.#plan.settings.eventStoppable) throw this.#refusal('does not allow `stopEvent()`');

    this.#flags |= eventStopped;
    return this;
  }

  unsubscribe(): boolean {
    return this.#subscription?.unsubscribe() ?? false;
  }

  /** Comes to a stage; returns false when it is prevented. */
  enter(stage: number): boolean {
    if ((this.#prevented & (1 << stage)) !== 0) return false;

    this.#stage = stage;
    this.#flags &= ~(dispatchStopped | distributionStopped);
    this.#distributor = this.#home.publisher;
    this.#subscription = undefined;
    return true;
  }

  /** Comes to the listeners of an object. */
  arrive(distributor: object): void {
    this.#distributor = distributor;
    this.#flags &= ~dispatchStopped;
  }

  /** Remembers whose turn it is, for `unsubscribe()`. */
  handTo(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  complete(): void {
    this.#flags |= completed;
  }

  end(): void {
    this.#flags |= ended;
    this.#subscription = undefined;
  }

  /** Whether a stage has begun. */
  hasReached(stage: string): boolean {
    return this.#plan.stages.indexOf(stage) <= this.#stage;
  }

  fail(error: unknown, stageName: string): void {
    this.#home.fail(error, this, stageName);
  }

  #refusal(reason: string): EventAccessError {
    const { name, stageName } = this;
    return new EventAccessError(`The event \`${name}\` ${reason}`, { event: name, stageName });
  }
}
