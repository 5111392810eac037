import { ClusterPrimary } from 'phased-cluster';

const workerScript = new URL('./worker.js', import.meta.url);
// Nobody is replaced …
await using primary = await new ClusterPrimary({ workerScript, restart: { policy: 'temporary' } }).ready;

for (const name of ['camera', 'printer', 'doorbell']) {
  // … except the doorbell: what a fork says stays with the name, and so do its `env` and its `args`.
  const revived = name === 'doorbell' ? { restart: { policy: 'permanent' } as const } : {};
  await primary.fork({ name, env: { ROOM: `the ${name}'s room` }, ...revived });
}
const show = () => console.log(`there are: ${primary.workers.map(({ name }) => name).join(', ')}`);
show();

for (const worker of [...primary.workers]) {
  worker.kill('SIGKILL');
  const { cause, signal } = await worker.exited;
  console.log(`${worker.name} is gone: ${cause} ${signal}`);
}
// A request by name waits for the next process of it.
console.log(await primary.request({ message: { type: 'whereAreYou' }, to: 'doorbell' }));
show();
