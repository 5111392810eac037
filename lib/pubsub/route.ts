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

/** `stages`: others may receive the event, or it happens only once. `silence`: nobody listens. */
export type Obstacle = 'stages' | 'silence';

/** Who is called on a route. */
export interface RouteStep extends Subscription {
  readonly stageName: string;
  readonly call: Call;
  /** The object that is subscribed to. */
  readonly distributor: object;
}

/**
 * Whom a publication that nobody disturbs calls, in order of the stages. A new subscriber, one that left, another
 * definition or a first distributor make a new route; what this one says never changes.
 */
export class Route<Step extends RouteStep = RouteStep> {
  readonly home: EventHome;
  readonly plan: EventPlan;
  /** The event's own work. */
  readonly work: Call;
  /** Why a publication may not run along the calls at once; `undefined` is what is tested quickest. */
  readonly obstacle: Obstacle | undefined;
  /** Whether another took its place: whoever is on this one has been disturbed. Not a reference, which would pile up. */
  replaced: true | undefined = undefined;
  /** Whom to call, as functions: the quickest list to run through. `undefined` is the publisher's complete method. */
  readonly calls: readonly (Call | undefined)[];
  /** Who is called; `undefined` for the event's own work. */
  readonly #steps: readonly (Step | undefined)[];

  constructor(home: EventHome, path: Path<Step>) {
    const { plan, work } = path;
    this.home = home;
    this.plan = plan;
    this.work = work;
    this.obstacle = this.#findObstacle(path.steps);
    // Events that are kept keep their route: nobody is on one that is not used.
    const steps = this.obstacle === 'stages' ? [] : path.steps;
    const ownCall = plan.settings.completeFunction === undefined ? undefined : work;
    this.calls = steps.map(step => (step === undefined ? ownCall : step.call));
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

  #findObstacle(steps: readonly (Step | undefined)[]): Obstacle | undefined {
    const { publishOnce, completeOnce } = this.plan.settings;
    if (!this.home.alone || publishOnce || completeOnce) return 'stages';
    return this.plan.traceless && steps.every(step => step === undefined) ? 'silence' : undefined;
  }
}

/** What a route is made from. */
interface Path<Step extends RouteStep> {
  readonly plan: EventPlan;
  readonly work: Call;
  readonly steps: readonly (Step | undefined)[];
}
