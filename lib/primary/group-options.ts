import type { OptionDeclaration, OptionDeclarations } from '../lifecycle/option-table.js';
import type { Rule } from '../util/check.js';

/** The options of a primary that each group may have of its own, as they are called at the top level. */
const perGroup = [
  'workerCount',
  'workerScript',
  'workerArgs',
  'workerExecArgv',
  'workerEnv',
  'workerCwd',
  'workerSilent',
  'workerStdio',
  'workerUid',
  'workerGid',
  'workerWindowsHide',
  'workerInspectPort',
  'serialization',
  'codec',
  'readyOn',
  'restart',
  'readyTimeout',
  'drainTimeout',
  'killTimeout',
  'heartbeat',
  'watchdog',
  'recycle',
  'standby',
  'startConcurrency',
  'whenGroupFails',
  'sticky',
  'dependsOn',
  'maxQueuedMessages',
  'maxQueuedBytes',
  'maxPendingRequests',
  'maxMessageBytes',
] as const;

/** The name that such an option has at the top level. */
type PerGroup = (typeof perGroup)[number];

/** The name that such an option has in a group: it is about workers anyway, so `worker` is left out. */
type NameInGroup<Name extends string> = Name extends 'workerCount'
  ? Name
  : Name extends `worker${infer Rest}`
    ? Uncapitalize<Rest>
    : Name;

/** What a group may say, when these are the options of the primary. */
export type GroupOptionsOf<Options> = {
  readonly [Name in keyof Options as Name extends PerGroup ? NameInGroup<Name> : never]: Options[Name];
};

/** Destinations of messages that are no group, and never will be. */
const reserved: ReadonlySet<string> = new Set(['all', 'others', 'primary']);

/** What a group may be called; the default names of its workers are made of it. */
const groupName: Rule = {
  expected: 'a letter and up to 63 letters, digits or any of `_ . : -`, and neither all, others nor primary',
  accepts: name => typeof name === 'string' && /^[A-Za-z][\w.:-]{0,63}$/.test(name) && !reserved.has(name),
};

/** The option `groups` of a primary whose other options are `declarations`. */
export function groupsDeclaration(declarations: OptionDeclarations): OptionDeclaration {
  const fields = perGroup.map(name => [nameInGroup(name), withoutDefaults(declarations[name])] as const);
  return { entries: { name: groupName, each: { fields: Object.fromEntries(fields) } } };
}

/** What the top level says, with what a group says in its place. */
export function overlaid<Options extends object>(top: Options, own: object): Options {
  const given = perGroup.map(name => [name, Reflect.get(own, nameInGroup(name))]);
  return { ...top, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

function nameInGroup(name: PerGroup): string {
  if (name === 'workerCount') return name;

  return name.replace(/^worker(.)/, (_, initial: string) => initial.toLowerCase());
}

/** What a group leaves out is as the top level says. */
function withoutDefaults({ default: _, fields, ...rule }: OptionDeclaration = {}): OptionDeclaration {
  if (!fields) return rule;

  const bare = Object.entries(fields).map(([name, field]) => [name, withoutDefaults(field)]);
  return { ...rule, fields: Object.fromEntries(bare) };
}
