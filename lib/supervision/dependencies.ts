/** Something with a name that may depend on others. */
export interface Dependent {
  readonly name: string;
  /** The names of those that it depends on. */
  readonly dependsOn: readonly string[];
}

/** Everybody that the one with this name depends on, directly or through others; a name that nobody has counts too. */
export function dependenciesOf(name: string, all: Iterable<Dependent>): Set<string> {
  const byName = new Map([...all].map(each => [each.name, each.dependsOn]));
  const found = new Set<string>();
  // A set that grows while it is walked is walked to its end.
  for (const next of byName.get(name) ?? []) found.add(next);
  for (const each of found) for (const next of byName.get(each) ?? []) found.add(next);
  return found;
}

/** Everybody that depends on the one with this name, directly or through others. */
export function dependentsOf(name: string, all: Iterable<Dependent>): Set<string> {
  const known = [...all];
  const dependents = known.filter(other => dependenciesOf(other.name, known).has(name));
  return new Set(dependents.map(dependent => dependent.name));
}
