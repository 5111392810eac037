import type { Commit, Storable, StoredChange, Write } from './store.js';

/**
 * What a process's own writes have changed, told by what became of them: every write that changed something has a number.
 * See {@link tellsOwnChanges}.
 */
export function ownChanges(writes: readonly Write[], { version, results }: Commit): StoredChange[] {
  const [only] = writes;
  if (writes.length === 1 && only) {
    const value = valueSince(only, results[0]);
    return value === unchanged ? [] : [change(only, value, version)];
  }
  const changes: StoredChange[] = [];
  // Backwards, since what is known is the last number.
  let next = version;
  for (let place = writes.length - 1; place >= 0; place--) {
    const write = writes[place] as Write;
    const value = valueSince(write, results[place]);
    if (value !== unchanged) changes.push(change(write, value, next--));
  }
  return changes.reverse();
}

/**
 * Whether it can be told by what became of the writes what they have changed, and that is something: of a restore it
 * cannot, since that leaves out what has expired.
 */
export function tellsOwnChanges(writes: readonly Write[], { results }: Commit): boolean {
  let changed = false;
  for (let place = 0; place < writes.length; place++) {
    const write = writes[place] as Write;
    if (write.type === 'restore') return false;

    changed ||= valueSince(write, results[place]) !== unchanged;
  }
  return changed;
}

const unchanged = Symbol('unchanged');

/** What is at the path since then. */
function valueSince(write: Write, result: number | boolean | undefined): Storable | undefined | typeof unchanged {
  switch (write.type) {
    case 'set':
    case 'restore':
      return write.value;
    case 'increment':
      return Number(result);
    case 'delete':
      return result === true ? undefined : unchanged;
    default:
      return unchanged;
  }
}

function change({ path }: Write, value: Storable | undefined, version: number): StoredChange {
  return { version, type: value === undefined ? 'delete' : 'set', path, value, expiresAt: undefined, weight: 0 };
}
