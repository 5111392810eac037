import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const [old] = primary.workers;
const order = (dish: string) => fetch(`http://${address}:${port}/${dish}`);

async function show(response: Response): Promise<void> {
  const { dish, pid } = (await response.json()) as { dish: string; pid: number };
  console.log(`${response.status} ${dish}, from ${pid === old?.pid ? 'the old' : 'the new'} worker`);
}

await show(await order('soup'));

// Its head is here: the roast has begun.
const roast = await order('roast');
const { replaced } = await primary.reload({ stability: 0 });
console.log(`replaced: ${replaced}`);

await show(roast);
await show(await order('soup'));
