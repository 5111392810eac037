import { InvalidOptionError } from '../errors/errors.js';
import { describeValue } from '../util/check.js';
import { parsePath, type StoragePath } from './storage-path.js';
import type { Write } from './store.js';
import { decodeWrite, encodeWrite, type ValueRoom } from './write-code.js';

/** What is asked of the process that owns the data, checked. */
export type StorageRequest =
  | { readonly type: 'get' | 'entry' | 'keys'; readonly path: StoragePath }
  | { readonly type: 'commit'; readonly writes: readonly Write[] }
  | { readonly type: 'snapshot' }
  /** A replica. */
  | { readonly type: 'attach' }
  /** What has changed after a version. */
  | { readonly type: 'history'; readonly since: number }
  /** The id is the asking process's own. */
  | { readonly type: 'lock'; readonly id: number; readonly name: string; readonly ttl: number }
  | { readonly type: 'renew'; readonly id: number; readonly ttl: number }
  | { readonly type: 'unlock'; readonly id: number };

/** So many writes one transaction may have. */
export const mostWrites = 10_000;

/**
 * A request as plain data: a path for `get`, which is the most frequent; an array that begins with its type for any other,
 * and for a single write.
 */
export function encodeRequest(request: StorageRequest): unknown {
  switch (request.type) {
    case 'get':
      return request.path.text;
    case 'entry':
    case 'keys':
      return [request.type, request.path.text];
    case 'commit':
      return encodeCommit(request.writes);
    case 'history':
      return ['history', request.since];
    case 'lock':
      return ['lock', request.id, lastingOf(request.ttl), request.name];
    case 'renew':
      return ['renew', request.id, lastingOf(request.ttl)];
    case 'unlock':
      return ['unlock', request.id];
    default:
      return [request.type];
  }
}

/**
 * The request that a worker means. What it sends is untrusted: it is checked as if a user had just written it.
 *
 * @throws {@link StoragePathError} `CLUSTER_STORAGE_PATH`, {@link StorageValueError} `CLUSTER_STORAGE_VALUE`,
 * {@link StorageLimitError} `CLUSTER_STORAGE_LIMIT`, {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`
 */
export function decodeRequest(body: unknown, room: ValueRoom): StorageRequest {
  if (typeof body === 'string') return { type: 'get', path: parsePath(body) };
  if (!Array.isArray(body)) throw notUnderstood(body);

  const [type, first, second, third] = body;
  switch (type) {
    case 'entry':
    case 'keys':
      return { type, path: parsePath(first) };
    case 'all':
      return { type: 'commit', writes: Array.from(writesOf(first), each => decodeWrite(each, room)) };
    case 'attach':
      return { type };
    case 'snapshot':
      return { type };
    case 'history':
      return { type, since: count(first) };
    case 'lock':
      return { type, id: count(first), ttl: lasting(second), name: third };
    case 'renew':
      return { type, id: count(first), ttl: lasting(second) };
    case 'unlock':
      return { type, id: count(first) };
    default:
      return { type: 'commit', writes: [decodeWrite(body, room)] };
  }
}

function encodeCommit(writes: readonly Write[]): unknown {
  const [only] = writes;
  return writes.length === 1 && only ? encodeWrite(only) : ['all', writes.map(encodeWrite)];
}

/** JSON has no Infinity. */
function lastingOf(ttl: number): number | null {
  return Number.isFinite(ttl) ? ttl : null;
}

function lasting(value: unknown): number {
  if (value === null) return Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && value > 0) return value;
  throw notUnderstood(value);
}

function writesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length <= mostWrites) return value;
  throw notUnderstood(value);
}

function count(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw notUnderstood(value);
}

/** Also of a part of a request. */
export function notUnderstood(value: unknown): InvalidOptionError {
  const message = `Expected a request to the shared storage to make sense, got ${describeValue(value)}`;
  return new InvalidOptionError(message, { option: 'storage', value: describeValue(value) });
}
