import { ClusterPrimary } from 'phased-cluster';

const workerScript = new URL('./worker.js', import.meta.url);
await using primary = await new ClusterPrimary({ workerScript }).ready;

// There is none yet: this waits for the first.
const first = primary.whenReady();
for (const name of ['anna', 'ben', 'cleo']) await primary.fork({ name });
console.log(`ready first:    ${(await first).name}`);

// Whoever has the fewest open requests; those that are equal take turns.
const soup = primary.request({ message: { type: 'simmer', time: 200 }, to: 'ben' });
const idle = [1, 2, 3, 4].map(() => primary.select({ strategy: 'leastPending' })?.name);
console.log(`least pending:  ${idle.join(' ')}   (${await soup} is at the stove)`);

// The same key goes to the same worker, as long as that is there.
const guests = ['bert', 'cora', 'dora', 'emil', 'finn', 'quinn', 'tina'];
const waiters = () => guests.map(key => `${key}:${primary.select({ strategy: 'hash', key })?.name}`).join(' ');
console.log(`by key:         ${waiters()}`);
await primary.worker('anna')?.destroy();
console.log(`without anna:   ${waiters()}`);

// A request can say the same; it goes to another worker if the first one dies of it.
const answer = await primary.request({
  message: { type: 'simmer', time: 1 },
  to: { group: 'default', select: 'hash', key: 'tina' },
  retry: { attempts: 1 },
});
console.log(`asked for tina: ${answer}`);
