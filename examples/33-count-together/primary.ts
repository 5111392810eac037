import { ClusterPrimary } from 'phased-cluster';
import type { Shop } from './worker.js';

await using shop = await new ClusterPrimary<Shop>({
  workerCount: 3,
  workerScript: new URL('./worker.js', import.meta.url),
  storage: { initial: { sold: { bread: 0, cake: 0 } } },
}).ready;

// Each of them sells at the same time as the others, and none has to wait its turn.
await Promise.all(shop.workers.map(worker => worker.request({ message: { type: 'sell', loaves: 100 } })));
console.log(await shop.storage.get('sold'));

// Cake for the last ones: all steps of a transaction, or none.
const [bread, left] = await shop.storage.transaction([
  { type: 'increment', path: 'sold.bread', by: -1 },
  { type: 'increment', path: 'sold.cake' },
]);
console.log(`bread: ${bread}, cake: ${left}`);

// Read, think, write: again, if somebody else has written meanwhile.
await Promise.all(shop.workers.map(worker => worker.request({ message: { type: 'close' } })));
console.log(await shop.storage.get('closed'));
