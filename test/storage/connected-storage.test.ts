import { MemoryStore } from '../../lib/storage/memory-store.js';
import { LateStore } from './late-store.js';
import { type Sides, sharedStorageContract } from './shared-storage-contract.js';
import { StorageHouse } from './storage-house.js';

type Who = 'primary' | 'worker';

/** A storage that two use, of which one may be where the data is. */
async function sidesOf(mine: Who, theirs: Who, store: MemoryStore | LateStore): Promise<Sides> {
  const house = await StorageHouse.open({ store });
  const storageOf = (who: Who) => (who === 'primary' ? house.storage : house.tenant().storage);
  return {
    ...{ mine: storageOf(mine), theirs: storageOf(theirs), clock: house.clock, quiet: () => house.quiet() },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

for (const [what, make] of [
  ['a store that answers at once', () => new MemoryStore()],
  ['a store that answers later', () => new LateStore()],
] as const) {
  sharedStorageContract(`ConnectedStorage in the primary, over ${what},`, () => sidesOf('primary', 'worker', make()));
  sharedStorageContract(`ConnectedStorage in a worker, over ${what},`, () => sidesOf('worker', 'primary', make()));
  sharedStorageContract(`ConnectedStorage in one of two workers, over ${what},`, () =>
    sidesOf('worker', 'worker', make()),
  );
}
