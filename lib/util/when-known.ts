/** Something that may be known at once, or later. */
export type Eventual<T> = T | Promise<T>;

/** Goes on with a value as soon as it is known: at once, if it is no promise. */
export function whenKnown<T, R>(value: Eventual<T>, goOn: (value: T) => Eventual<R>): Eventual<R> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}
