import type { Commit, StoredChange, Write } from './store.js';

/** What a process's own writes have changed, told by what became of them: every write that changed something has a number. */
export function ownChanges(writes: readonly Write[], { version, results }: Commit): StoredChange[] {
  const changing = writes.flatMap((write, place) => changeOf(write, results[place]) ?? []);
  const first = version - changing.length + 1;
  return changing.map((change, place) => ({ ...change, version: first + place, expiresAt: undefined, weight: 0 }));
}

type Effect = Pick<StoredChange, 'type' | 'path' | 'value'>;

function changeOf(write: Write, result: number | boolean | undefined): Effect | undefined {
  const { path } = write;
  switch (write.type) {
    case 'set':
    case 'restore':
      return { type: 'set', path, value: write.value };
    case 'increment':
      return { type: 'set', path, value: Number(result) };
    case 'delete':
      return result === true ? { type: 'delete', path, value: undefined } : undefined;
    default:
      return undefined;
  }
}
