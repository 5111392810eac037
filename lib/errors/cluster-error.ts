/**
 * The base of every error this library makes.
 *
 * `code` is stable and safe to compare, `details` holds the facts behind the sentence, `cause` the error it came from.
 */
export abstract class ClusterError<D extends object = object> extends Error {
  /** Stable, starts with `CLUSTER_`; messages may change, codes do not. */
  abstract readonly code: `CLUSTER_${string}`;
  /** The facts behind the message: ids, names, limits, what was received. */
  readonly details: Readonly<D>;

  constructor(message: string, details: D, options?: { readonly cause?: unknown }) {
    super(message, options);
    // Not enumerable, as on every built-in error, so that it is not printed twice.
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true });
    this.details = Object.freeze(details);
  }
}
