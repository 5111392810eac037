import { ClusterPrimary } from 'phased-cluster';
import type { Jobs } from './jobs.js';

await using mill = new ClusterPrimary<Jobs>({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
mill.on('workerStatus', ({ data: { to } }) => {
  if (to === 'PROCESSING') milling++;
});
mill.on('workerMessage', () => void milled++);
let milling = 0;
let milled = 0;

await mill.ready;
while (milled < 2) await mill.once('workerMessage');
// In the middle of a sack.
await mill.once('workerStatus', { filter: ({ data: { to } }) => to === 'PROCESSING' });
await mill.shutDown();
console.log(milled === milling ? 'every sack that was begun is full' : `${milling - milled} sack is half full`);
