import { InvalidOptionError } from '../errors/errors.js';

/**
 * The names, each after those that it depends on, and otherwise as they were given.
 *
 * @param dependencies name -> names that come before it.
 * @param optionOf where the dependencies of a name were given.
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, for an unknown name and for a circle
 */
export function startOrder(
  dependencies: ReadonlyMap<string, readonly string[]>,
  optionOf: (name: string) => string,
): string[] {
  const order: string[] = [];
  const open: string[] = [];

  const visit = (name: string): void => {
    if (order.includes(name)) return;
    if (open.includes(name))
      throw refusal(optionOf(open.at(-1) ?? name), name, [...open.slice(open.indexOf(name)), name]);

    open.push(name);
    for (const before of dependencies.get(name) ?? []) {
      if (!dependencies.has(before)) throw refusal(optionOf(name), before);

      visit(before);
    }
    open.pop();
    order.push(name);
  };
  for (const name of dependencies.keys()) visit(name);
  return order;
}

function refusal(option: string, value: string, circle?: readonly string[]): InvalidOptionError {
  const why = circle ? `free of circles, got \`${circle.join(' -> ')}\`` : `names of other groups, got \`${value}\``;
  return new InvalidOptionError(`Expected \`${option}\` to be ${why}`, { option, value });
}
