import type { EventDefinition, EventDefinitions } from './event-definition.js';
import { checkDefinition, EventPlan, mergeDefinitions } from './event-plan.js';

/** Definitions by event name, without the types of their data. */
export type Definitions = Map<string, EventDefinition>;

const definitionsOf = new WeakMap<object, Definitions>();
/** Resolved definitions by prototype. Only defined events are kept: any string may be the name of another. */
let plansOf = new WeakMap<object, Map<string, EventPlan>>();

/** Adds definitions to those of one level, checked first; `Events` is known to the caller only. */
export function addDefinitions<Events>(to: Definitions, definitions: EventDefinitions<Events>): void {
  for (const [name, definition] of Object.entries(definitions as Record<string, EventDefinition | undefined>)) {
    if (definition === undefined) continue;

    checkDefinition(name, definition);
    to.set(name, mergeDefinitions(to.get(name), definition) ?? definition);
  }
}

/**
 * Records what a class says about its events. Instances that exist already keep what they resolved.
 *
 * @throws {@link EventDefinitionError} (`CLUSTER_EVENT_DEFINITION`) when a definition contradicts itself.
 */
export function defineEvents<Events>(prototype: object, definitions: EventDefinitions<Events>): void {
  const own = definitionsOf.get(prototype) ?? new Map();
  addDefinitions(own, definitions);
  definitionsOf.set(prototype, own);
  plansOf = new WeakMap();
  for (const name of own.keys()) resolvePlan(prototype, name);
}

/** The plan of an event for the instances of a class, merged down the class chain. */
export function resolvePlan(prototype: object, name: string): EventPlan {
  const plans = plansOf.get(prototype) ?? new Map<string, EventPlan>();
  const known = plans.get(name);
  if (known) return known;

  const plan = new EventPlan(name, resolveDefinition(prototype, name));
  if (plan.defined) plansOf.set(prototype, plans.set(name, plan));
  return plan;
}

/** What the classes of a chain say about an event, base first; `undefined` when none says anything. */
export function resolveDefinition(prototype: object, name: string): EventDefinition | undefined {
  const base: object | null = Object.getPrototypeOf(prototype);
  const inherited = base ? resolveDefinition(base, name) : undefined;
  return mergeDefinitions(inherited, definitionsOf.get(prototype)?.get(name));
}

/** The names that the classes of a chain define, base first. */
export function definedNames(prototype: object): ReadonlySet<string> {
  const base: object | null = Object.getPrototypeOf(prototype);
  return new Set([...(base ? definedNames(base) : []), ...(definitionsOf.get(prototype)?.keys() ?? [])]);
}
