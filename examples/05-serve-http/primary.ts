import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 2, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

// Both workers asked for port 0 and share the one that the system chose.
const { address, port } = (await listening).data.address;
const before = new Set(primary.workers.map(({ pid }) => pid));

// One connection, which is kept for the next request until a worker says that it leaves.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function order(dish: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`http://${address}:${port}/${dish}`, { agent }, resolve).on('error', reject);
  });
  const waiter = before.has(Number(response.headers.waiter)) ? 'an old waiter' : 'a new waiter';
  return `${response.statusCode} ${await text(response)}, says ${waiter}`;
}

for (const dish of ['soup', 'salad']) console.log(await order(dish));

const answers = new Set<string>();
let isOver = false;
const reload = primary.reload({ stability: 100 }).finally(() => {
  isOver = true;
});
// An order that fails would end this program.
while (!isOver) answers.add(await order('stew'));
const { replaced } = await reload;
answers.add(await order('stew'));

console.log(`While ${replaced.join(' and ')} were replaced:`);
for (const answer of answers) console.log(`  ${answer}`);
console.log(await order('bread'));
agent.destroy();
