import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const [old] = primary.workers;

async function order(dish: string): Promise<void> {
  const response = await fetch(`http://${address}:${port}/dishes/${dish}`);
  const answer = (await response.json()) as { dish: string; pid: number };
  console.log(
    `${response.status} ${answer.dish} from ${answer.pid === old?.pid ? 'the old worker' : 'the new worker'}`,
  );
}

await order('soup');
await primary.reload({ stability: 0 });
await order('bread');
