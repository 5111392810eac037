import type { PhasedEvent } from './event.js';
import type { EventPlan } from './event-plan.js';
import type { Subscription } from './subscription.js';

/** Takes an event: `never` accepts every event, whoever made the call checked which one it is. */
export type Call = (event: never) => unknown;

/** Whoever runs events. */
export interface EventHome {
  readonly publisher: object;
  /** Whether nobody but the subscribers of an event by its name may receive it. */
  readonly alone: boolean;
  /** Takes what a listener or a complete method threw at a stage. */
  fail(error: unknown, event: PhasedEvent, stageName: string): void;
}

/** Who is called on a route. */
export interface RouteStep extends Subscription {
  readonly stageName: string;
  readonly call: Call;
}

/**
 * Whom a publication that nobody disturbs calls, in order of the stages. It never changes: a new subscriber, one that
 * left, another definition or a first distributor make a new route, which tells a publication that it was disturbed.
 */
export class Route<Step extends RouteStep = RouteStep> {
  readonly home: EventHome;
  readonly plan: EventPlan;
  /** The event's own work. */
  readonly work: Call;
  /** Whether a publication may run along the calls as long as nobody disturbs it. */
  readonly direct: boolean;
  /** Whether publishing leaves no trace, unless the publisher has a complete method. */
  readonly silent: boolean;
  /** The calls of all, and between them the work: a list of functions is the quickest to run through. */
  readonly calls: readonly Call[];
  /** Who is called; `undefined` for the event's own work. */
  readonly #steps: readonly (Step | undefined)[];

  constructor(home: EventHome, path: Path<Step>) {
    const { plan, work, steps } = path;
    const { publishOnce, completeOnce } = plan.settings;
    this.home = home;
    this.plan = plan;
    this.work = work;
    this.direct = home.alone && !publishOnce && !completeOnce;
    this.silent = plan.traceless && steps.every(step => step === undefined);
    this.calls = steps.map(step => (step === undefined ? work : step.call));
    this.#steps = steps;
  }

  /** The index of the stage that a call belongs to. */
  stageIndexAt(position: number): number {
    const step = this.#steps[position];
    return step === undefined ? this.plan.completeIndex : this.plan.stages.indexOf(step.stageName);
  }

  /** Who is called; `undefined` for the event's own work. */
  stepAt(position: number): Step | undefined {
    return this.#steps[position];
  }

  /** Those who would be called after somebody, in the same stage. */
  restOfStage(position: number): Step[] {
    const stageName = this.#steps[position]?.stageName;
    return this.#steps.slice(position + 1).filter(step => step !== undefined && step.stageName === stageName) as Step[];
  }
}

/** What a route is made from. */
interface Path<Step extends RouteStep> {
  readonly plan: EventPlan;
  readonly work: Call;
  readonly steps: readonly (Step | undefined)[];
}
