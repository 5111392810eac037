import { type AnyProtocol, ClusterPrimary, type WorkerMessageEvent } from 'phased-cluster';

class Restaurant extends ClusterPrimary {
  readonly closed: string[] = [];

  _eventWorkerMessage_closed({ data: { worker } }: WorkerMessageEvent<AnyProtocol, 'closed'>): void {
    this.closed.push(worker.name);
  }
}

const primary = new Restaurant({ workerCount: 2, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const before = new Set(primary.workers.map(({ pid }) => pid));

async function order(dish: string): Promise<string> {
  const response = await fetch(`http://${address}:${port}/${dish}`);
  const answer = (await response.json()) as { dish: string; pid: number };
  return `${response.status} ${answer.dish} from ${before.has(answer.pid) ? 'an old' : 'a new'} worker`;
}

const answers = new Set([await order('soup')]);
let isOver = false;
const reload = primary.reload({ stability: 100, stride: 2 }).finally(() => {
  isOver = true;
});
// Eight guests at a time; an order that fails would end this program.
while (!isOver) for (const answer of await Promise.all(Array(8).fill('soup').map(order))) answers.add(answer);
await reload;
answers.add(await order('soup'));

for (const answer of answers) console.log(answer);
console.log(`plugins have given back what they held: ${primary.closed.sort().join(', ')}`);
console.log(await order('bread'));
