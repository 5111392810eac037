import { ClusterPrimary } from 'phased-cluster';
import type { Greeters } from './worker.js';

await using primary = await new ClusterPrimary<Greeters>({
  workerCount: 2,
  workerScript: new URL('./worker.js', import.meta.url),
  storage: {
    initial: { config: { greeting: 'hello', volume: 3 } },
    access: { default: { config: 'read' } }, // what the workers of a group may do, by path
  },
}).ready;
primary.before('storageChange', event => {
  for (const write of event.data.writes) {
    if (write.path === 'config.volume' && write.type === 'set' && Number(write.value) > 10) event.prevent();
  }
});

const applied = primary.events('workerMessage');
await primary.storage.set('config.greeting', 'good evening');
let told = 0;
for await (const { data } of applied) {
  console.log('a worker says:', data.message);
  if (++told === primary.workers.length) break;
}
await primary.storage.set('config.volume', 11).catch(({ code }) => console.log(`eleven: ${code}`));
console.log(await primary.request({ message: { type: 'tamper' } }));
