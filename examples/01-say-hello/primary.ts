import { ClusterPrimary } from 'phased-cluster';

// Leaving the block (here: the module) destroys the primary, and with it every worker.
await using primary = await new ClusterPrimary({
  workerCount: 2,
  workerScript: new URL('./worker.js', import.meta.url),
}).ready;

for (const { name } of primary.workers.toSorted((a, b) => a.name.localeCompare(b.name)))
  console.log(`${name} is ready`);
