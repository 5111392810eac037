import { EventAccessError } from '../errors/errors.js';
import type { PhasedEvent } from './event.js';
import type { EventPlan } from './event-plan.js';
import type { Call, Route, RouteStep } from './route.js';
import { completeStage } from './stage.js';

// On its route, an event only knows its position there, and everything follows from that. What disturbs it, and all that
// happens off the route, stands in one small integer, so that an event is cheap to make: five flags, then five bits for
// the stage (0 before the first, and on the route), then a bit for each prevented stage.
const dispatchStopped = 1;
const distributionStopped = 2;
const eventStopped = 4;
const completed = 8;
const ended = 16;
const firstStage = 32;
const stageMask = 31 * firstStage;
const firstPrevented = 1024;
/** Stands for a position that is not on the route. */
const offRoute = -1;

/** A {@link PhasedEvent} with what the library does to it on its way. One per publication: it may be kept. */
export class StagedEvent implements PhasedEvent {
  readonly data: unknown;
  readonly #route: Route;
  #position = offRoute;
  #state = 0;
  /** Who is called, off the route. */
  #turn: RouteStep | undefined = undefined;

  constructor(route: Route, data: unknown) {
    this.data = data;
    this.#route = route;
  }

  /** What it began with; another definition is for later events. */
  get plan(): EventPlan {
    return this.#route.plan;
  }

  /** Its own work. */
  get work(): Call {
    return this.#route.work;
  }

  get name(): string {
    return this.plan.eventName;
  }

  get publisher(): object {
    return this.#route.home.publisher;
  }

  get distributor(): object {
    return this.#turn?.distributor ?? this.#route.home.publisher;
  }

  get stageName(): string {
    return this.plan.stages[this.stageIndex] ?? '';
  }

  get completed(): boolean {
    if (this.#position === offRoute) return (this.#state & completed) !== 0;

    const { completeIndex } = this.plan;
    return completeIndex >= 0 && this.stageIndex > completeIndex;
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
    const index = this.plan.stages.indexOf(stage);
    if (index < 0) throw refusal(this, `has no stage \`${stage}\``);
    if (!this.plan.canPrevent(index)) throw refusal(this, `is a fact: its stage \`${stage}\` cannot be prevented`);

    if (index > this.stageIndex && !this.ended) this.#state |= firstPrevented << index;
    return this;
  }

  isPrevented(stage: string = completeStage): boolean {
    const index = this.plan.stages.indexOf(stage);
    return index >= 0 && (this.#state & (firstPrevented << index)) !== 0;
  }

  stopDispatch(): this {
    if (!this.plan.settings.dispatchStoppable) throw refusal(this, 'does not allow `stopDispatch()`');

    this.#state |= dispatchStopped;
    return this;
  }

  stopDistribution(): this {
    if (!this.plan.settings.distributionStoppable) throw refusal(this, 'does not allow `stopDistribution()`');

    this.#state |= distributionStopped;
    return this;
  }

  stopEvent(): this {
    if (!this.plan.settings.eventStoppable) throw refusal(this, 'does not allow `stopEvent()`');

    this.#state |= eventStopped;
    return this;
  }

  unsubscribe(): boolean {
    const turn = this.#position === offRoute ? this.#turn : this.#route.stepAt(this.#position);
    return turn?.unsubscribe() ?? false;
  }

  /** Comes to a stage; returns false when it is prevented. */
  enter(stage: number): boolean {
    const state = this.#state;
    if ((state & (firstPrevented << stage)) !== 0) return false;

    this.#state = (state & ~(stageMask | dispatchStopped | distributionStopped)) | ((stage + 1) * firstStage);
    return true;
  }

  /** Comes to a call of its route. */
  reach(position: number): void {
    this.#position = position;
  }

  /** Whether anyone stopped or prevented anything on its route. */
  get disturbed(): boolean {
    return this.#state !== 0;
  }

  /** Leaves its route after a call, whose position it returns: what follows is entered stage by stage. */
  leaveRoute(): number {
    const position = this.#position;
    const { stageIndex } = this;
    const { completeIndex } = this.plan;
    const done = completeIndex >= 0 && stageIndex >= completeIndex;
    this.#state |= ((stageIndex + 1) * firstStage) | (done ? completed : 0);
    this.#position = offRoute;
    return position;
  }

  /** Comes to the end of its route. */
  arriveAtEnd(): void {
    const { stageCount, completeIndex } = this.plan;
    this.#state = (stageCount * firstStage) | ended | (completeIndex >= 0 ? completed : 0);
    this.#position = offRoute;
  }

  /** Comes to the listeners of an object. */
  arrive(): void {
    this.#turn = undefined;
    this.#state &= ~dispatchStopped;
  }

  /** Remembers whose turn it is, for `distributor` and `unsubscribe()`. */
  handTo(step: RouteStep): void {
    this.#turn = step;
  }

  /** Comes back from the listeners of a stage: nobody's turn any more. */
  leave(): void {
    this.#turn = undefined;
  }

  complete(): void {
    this.#state |= completed;
  }

  end(): void {
    this.#state |= ended;
    this.#turn = undefined;
  }

  /** Whether a stage has begun. */
  hasReached(stage: string): boolean {
    return this.plan.stages.indexOf(stage) <= this.stageIndex;
  }

  fail(error: unknown, stageName: string): void {
    this.#route.home.fail(error, this, stageName);
  }

  /** The index of the stage that runs, or ran last; -1 before the first. */
  get stageIndex(): number {
    if (this.#position !== offRoute) return this.#route.stageIndexAt(this.#position);

    return ((this.#state & stageMask) >> 5) - 1;
  }
}

// Not a private method: those cost every event a field.
function refusal({ name, stageName }: StagedEvent, reason: string): EventAccessError {
  return new EventAccessError(`The event \`${name}\` ${reason}`, { event: name, stageName });
}
