import { EventDefinitionError } from '../errors/errors.js';
import type { EventDefinition } from './event-definition.js';
import { completeStage, defaultStages, maxStages, twinStageOf } from './stage.js';

/** The default of every setting of a definition; also the list of the names there are. */
const defaults = {
  stages: defaultStages,
  preventable: true,
  completeOnce: false,
  publishOnce: false,
  data: undefined,
  distributable: true,
  dispatchStoppable: true,
  distributionStoppable: true,
  eventStoppable: true,
  allowPublicPublish: false,
  allowPublicSubscription: true,
  allowPublicUnsubscription: true,
  allowDuplicateSubscription: true,
  completeFunction: undefined,
  preventFunction: undefined,
  stopDispatchFunction: undefined,
  stopDistributionFunction: undefined,
  stopEventFunction: undefined,
  subscribeFunction: undefined,
  unsubscribeFunction: undefined,
} satisfies Required<EventDefinition>;

/** A definition without what it leaves out. */
type Declared = { readonly [Setting in keyof EventDefinition]?: Exclude<EventDefinition[Setting], undefined> };

/** A definition with the defaults filled in. */
export type EventSettings = ReturnType<typeof withDefaults>;

/** One event's definition, resolved once: what publishing has to know, without asking twice. */
export class EventPlan {
  readonly eventName: string;
  /** Whether any class or the instance defined the event. */
  readonly defined: boolean;
  readonly settings: EventSettings;
  readonly stages: readonly string[];
  readonly stageCount: number;
  /** Where `complete` stands; -1 without one. */
  readonly completeIndex: number;
  /** The stage at which twins see the event. */
  readonly twinStage: string | undefined;
  /** The publisher's method that is the event's work. */
  readonly methodName: string;
  /** Whether publishing leaves no trace without subscribers and without a complete method. */
  readonly traceless: boolean;
  /** Fields that data has by default, frozen. */
  readonly data: object | undefined;
  readonly #preventable: number;

  constructor(eventName: string, definition: EventDefinition | undefined) {
    const settings = withDefaults(definition);
    this.eventName = eventName;
    this.defined = definition !== undefined;
    this.settings = settings;
    this.stages = settings.stages;
    this.stageCount = this.stages.length;
    this.completeIndex = this.stages.indexOf(completeStage);
    this.twinStage = twinStageOf(this.stages);
    this.methodName = `_event${eventName.charAt(0).toUpperCase()}${eventName.slice(1)}`;
    this.traceless = !settings.publishOnce && !settings.completeOnce && settings.completeFunction === undefined;
    this.data = settings.data && Object.freeze({ ...settings.data });
    checkPlan(this);
    this.#preventable = this.#preventableBits(settings.preventable);
  }

  canPrevent(stageIndex: number): boolean {
    return (this.#preventable & (1 << stageIndex)) !== 0;
  }

  /** What listeners see as data: what the publisher gave, over the defaults. */
  fill(data: unknown): unknown {
    if (this.data === undefined) return data;
    if (data === undefined) return this.data;
    return typeof data === 'object' && data !== null ? { ...this.data, ...data } : data;
  }

  #preventableBits(preventable: boolean | ReadonlySet<string>): number {
    if (typeof preventable === 'boolean') return preventable ? -1 : 0;

    let bits = 0;
    for (const stage of preventable) bits |= 1 << this.stages.indexOf(stage);
    return bits;
  }
}

/**
 * Says whether a definition can be understood at all.
 *
 * @throws {@link EventDefinitionError} (`CLUSTER_EVENT_DEFINITION`) for a setting that does not exist.
 */
export function checkDefinition(eventName: string, definition: object): void {
  for (const setting of Object.keys(definition)) {
    if (!Object.hasOwn(defaults, setting)) throw invalid(eventName, `there is no setting \`${setting}\``);
  }
}

/** The definition of a derived class over that of its base; only what it declares changes. */
export function mergeDefinitions(
  base: EventDefinition | undefined,
  derived: EventDefinition | undefined,
): EventDefinition | undefined {
  if (!base || !derived) return derived ?? base;

  const data = base.data && derived.data ? { data: { ...base.data, ...derived.data } } : {};
  return { ...base, ...declared(derived), ...data };
}

function withDefaults(definition: EventDefinition = {}) {
  return { ...defaults, ...declared(definition) };
}

function declared(definition: EventDefinition): Declared {
  return Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== undefined));
}

function checkPlan({ eventName, stages, settings, completeIndex }: EventPlan): void {
  if (stages.length === 0 || stages.length > maxStages) throw invalid(eventName, `it has ${stages.length} stages`);
  if (new Set(stages).size < stages.length) throw invalid(eventName, 'a stage is named twice');
  if (settings.publishOnce && settings.completeOnce)
    throw invalid(eventName, 'it is both publishOnce and completeOnce');
  if (completeIndex < 0 && (settings.completeOnce || settings.completeFunction !== undefined)) {
    throw invalid(eventName, 'it completes, but has no stage `complete`');
  }
  if (typeof settings.preventable === 'boolean') return;

  for (const stage of settings.preventable) {
    if (!stages.includes(stage)) throw invalid(eventName, `\`preventable\` names the stage \`${stage}\``);
  }
}

function invalid(event: string, reason: string): EventDefinitionError {
  return new EventDefinitionError(`The definition of the event \`${event}\` cannot be used: ${reason}`, { event });
}
