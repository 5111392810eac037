import { ClusterPrimary, WorkerExitedError } from 'phased-cluster';

await using primary = await new ClusterPrimary({
  workerCount: 1,
  workerScript: new URL('./worker.js', import.meta.url),
  // Two seconds without a sign of life are a hang; by default it is six.
  heartbeat: { interval: 500, misses: 4 },
}).ready;

const nameOf = (frame = '') => frame.split(' ')[0];
primary.on('workerHung', event => {
  const { worker, stack } = event.data;
  // The machine is too busy to tell where: then the worker is not killed, and judged anew after as long.
  if (!stack) event.prevent();
  else console.log(`${worker.name} hangs in ${nameOf(stack[0])}()`);
});
primary.on('workerReplace', ({ data: { worker, exit } }) => {
  const trace = exit.stack?.slice(0, 2).map(nameOf).join(', called by ');
  console.log(`${worker?.name} was ${exit.cause} in ${trace}: it is replaced`);
});

const count = (to: number) => primary.request({ message: { type: 'count', to } });
console.log(await count(10));
await count(Number.POSITIVE_INFINITY).catch((error: unknown) => {
  if (error instanceof WorkerExitedError) console.log('who asked is told');
});
console.log(await count(20));
