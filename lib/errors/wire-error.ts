/** An error as a plain object that JSON and structured clone carry unchanged. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly details?: unknown;
  readonly stack?: string;
  readonly cause?: WireError;
  /** The single errors of an AggregateError. */
  readonly errors?: readonly WireError[];
}
