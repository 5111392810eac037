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

// All that changes on the way stands in one small integer, so that an event is cheap to make: five flags, then five bits
// for the stage (0 before the first), then a bit for each prevented stage.
const dispatchStopped = 1;
const distributionStopped = 2;
const eventStopped = 4;
const completed = 8;
const ended = 16;
const firstStage = 32;
const stageMask = 31 * firstStage;
const firstPrevented = 1024;
const disturbances = ~(completed | ended | stageMask);

/** A {@link PhasedEvent} with what the library does to it on its way. One per publication: it may be kept. */
export class StagedEvent implements PhasedEvent {
  readonly data: unknown;
  readonly #plan: EventPlan;
  readonly #home: EventHome;
  #state = 0;
  #subscription: Subscription | undefined = undefined;
  #distributor: object | undefined = undefined;

  constructor(plan: EventPlan, data: unknown, home: EventHome) {
    this.data = data;
    this.#plan = plan;
    this.#home = home;
  }

  get name(): string {
    return this.#plan.eventName;
  }

  get publisher(): object {
    return this.#home.publisher;
  }

  get distributor(): object {
    return this.#distributor ?? this.#home.publisher;
  }

  get stageName(): string {
    return this.#plan.stages[this.stageIndex] ?? '';
  }

  get completed(): boolean {
    return (this.#state & completed) !== 0;
  }

  get dispatchStopped(): boolean {
    return (this.#state & dispatchStopped) !== 0;
  }

  get distributionStopped(): boolean {
    return (this.#state & distributionStopped) !== 0;
  }

  get eventStopped(): boolean {
    return (this.#state & eventStopped) !== 0;
  }

  /** Whether no further listener of this stage on this object is called. */
  get halted(): boolean {
    return (this.#state & (dispatchStopped | eventStopped)) !== 0;
  }

  /** Whether a listener stopped anything in this stage. */
  get stopped(): boolean {
    return (this.#state & (dispatchStopped | distributionStopped)) !== 0;
  }

  /** Whether the event has run as far as it ever will. */
  get ended(): boolean {
    return (this.#state & ended) !== 0;
  }

  prevent(stage: string = completeStage): this {
    const index = this.#plan.stages.indexOf(stage);
    if (index < 0) throw this.#refusal(`has no stage \`${stage}\``);
    if (!this.#plan.canPrevent(index)) throw this.#refusal(`is a fact: its stage \`${stage}\` cannot be prevented`);

    if (index > this.stageIndex && !this.ended) this.#state |= firstPrevented << index;
    return this;
  }

  isPrevented(stage: string = completeStage): boolean {
    const index = this.#plan.stages.indexOf(stage);
    return index >= 0 && (this.#state & (firstPrevented << index)) !== 0;
  }

  stopDispatch(): this {
    if (!this.#plan.settings.dispatchStoppable) throw this.#refusal('does not allow `stopDispatch()`');

    this.#state |= dispatchStopped;
    return this;
  }

  stopDistribution(): this {
    if (!this.#plan.settings.distributionStoppable) throw this.#refusal('does not allow `stopDistribution()`');

    this.#state |= distributionStopped;
    return this;
  }

  stopEvent(): this {
    if (!this.#plan.settings.eventStoppable) throw this.#refusal('does not allow `stopEvent()`');

    this.#state |= eventStopped;
    return this;
  }

  unsubscribe(): boolean {
    return this.#subscription?.unsubscribe() ?? false;
  }

  /** Comes to a stage; returns false when it is prevented. */
  enter(stage: number): boolean {
    const state = this.#state;
    if ((state & (firstPrevented << stage)) !== 0) return false;

    this.#state = (state & ~(stageMask | dispatchStopped | distributionStopped)) | ((stage + 1) * firstStage);
    return true;
  }

  /** Comes to a stage on a way that nobody disturbed so far. */
  reach(stage: number): void {
    this.#state = (this.#state & ~stageMask) | ((stage + 1) * firstStage);
  }

  /** Whether anyone stopped or prevented anything. */
  get disturbed(): boolean {
    return (this.#state & disturbances) !== 0;
  }

  /** Comes to the listeners of an object. */
  arrive(distributor: object): void {
    this.#distributor = distributor;
    this.#state &= ~dispatchStopped;
  }

  /** Remembers whose turn it is, for `unsubscribe()`. */
  handTo(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  /** Comes back from the listeners of a stage: nobody's turn any more. */
  leave(): void {
    this.#subscription = undefined;
    this.#distributor = undefined;
  }

  complete(): void {
    this.#state |= completed;
  }

  end(): void {
    this.#state |= ended;
    this.#subscription = undefined;
  }

  /** Whether a stage has begun. */
  hasReached(stage: string): boolean {
    return this.#plan.stages.indexOf(stage) <= this.stageIndex;
  }

  fail(error: unknown, stageName: string): void {
    this.#home.fail(error, this, stageName);
  }

  /** The index of the stage that runs, or ran last; -1 before the first. */
  get stageIndex(): number {
    return ((this.#state & stageMask) >> 5) - 1;
  }

  #refusal(reason: string): EventAccessError {
    const { name, stageName } = this;
    return new EventAccessError(`The event \`${name}\` ${reason}`, { event: name, stageName });
  }
}
