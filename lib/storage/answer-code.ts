import type { Commit, Write } from './store.js';

/** What a request failed with, on its way. */
export interface RefusalCode {
  readonly error: object;
}

/** An answer that JSON carries and that is never taken for a refusal: in an array, unless it is a plain value. */
export function encodeAnswer(value: unknown): unknown {
  if (value === undefined) return [];
  return typeof value === 'object' ? [value] : value;
}

/** The answer that was meant, unless it is a {@link RefusalCode}. */
export function decodeAnswer(body: unknown): unknown {
  return Array.isArray(body) ? body[0] : body;
}

export function isRefusal(body: unknown): body is RefusalCode {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** What became of writes; of a single `set`, which is the most frequent, the version says it all. */
export function encodeCommit(writes: readonly Write[], { version, results }: Commit): unknown {
  return isSingleSet(writes) ? version : [version, results];
}

/** The commit that an answer means, to whom knows what was asked for. */
export function decodeCommit(writes: readonly Write[], answer: unknown): Commit {
  if (isSingleSet(writes)) return { version: answer as number, results: [answer as number] };

  const [version, results] = answer as [number, readonly (number | boolean)[]];
  return { version, results };
}

function isSingleSet(writes: readonly Write[]): boolean {
  return writes.length === 1 && writes[0]?.type === 'set';
}
