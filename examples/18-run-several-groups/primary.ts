import { ClusterPrimary } from 'phased-cluster';
import type { Restaurant } from './restaurant.js';

// What stands here holds for all groups; each adds to it, or differs. `restart` and the time-outs may differ too.
await using primary = await new ClusterPrimary<Restaurant>({
  workerEnv: { RESTAURANT: 'The Fork' },
  groups: {
    waiters: { workerCount: 2, script: new URL('./waiter.js', import.meta.url), args: ['polite'] },
    cooks: { workerCount: 1, script: new URL('./cook.js', import.meta.url), serialization: 'advanced' },
  },
}).ready;

// In turn within a group: with several groups, a request has to say whom it means.
const busy = new Set<string | undefined>();
for (const guest of ['Anna', 'Ben', 'Cleo']) {
  const waiter = primary.roundRobin({ tag: 'greet', group: 'waiters' });
  busy.add(waiter?.name);
  console.log(await primary.request({ message: { type: 'greet', guest }, to: waiter }));
}
console.log(`${[...busy].sort().join(' and ')} took turns`);

// The cooks' channel carries what structured clone carries, such as a Map.
const orders = new Map([
  ['soup', 2],
  ['salad', 1],
]);
const cook = () => primary.request({ message: { type: 'cook', orders }, to: primary.roundRobin({ group: 'cooks' }) });
console.log(await cook());

// A worker that dies is replaced by one of its own group.
const replaced = primary.once('workerReady');
primary.worker('cooks-0')?.kill('SIGKILL');
const { worker } = (await replaced).data;
console.log(`${worker.name} is a new one of the group ${worker.group}: ${await cook()}`);

const [spare] = await primary.fork({ group: 'waiters' });
console.log(`${spare?.name} helps out`);
