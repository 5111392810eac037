import { ClusterPrimary } from 'phased-cluster';
import type { Health } from './health.js';

await using primary = await new ClusterPrimary<Health>({ workerScript: new URL('./worker.js', import.meta.url) }).ready;
for (const name of ['anna', 'ben']) await primary.fork({ name });

// What a worker says about itself with `this.status` arrives as an event, and stays readable on its handle.
primary.on('workerStatus', ({ data: { worker, to } }) => {
  if (to === 'OVERLOADED' || to === 'HEALTHY') console.log(`${worker.name} is ${to}`);
});
for (const jobs of [200, 3]) {
  const changed = primary.once('workerStatus', {
    filter: ({ data }) => data.to === (jobs > 100 ? 'OVERLOADED' : 'HEALTHY'),
  });
  await primary.send({ message: { type: 'load', jobs }, to: 'ben' });
  await changed;
}

// And what it does not say can be asked: a worker that does not answer in time is not healthy.
for (const worker of primary.workers) {
  const { jobs, memory } = await worker.request({ message: { type: 'health' }, timeout: 2_000 });
  console.log(`${worker.name}: ${jobs} jobs, memory known: ${memory > 0}, uptime known: ${worker.uptime > 0}`);
}
