import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 2, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

// Both workers asked for port 0 and share the one that the system chose.
const { address, port } = (await listening).data.address;
for (const dish of ['soup', 'salad', 'stew', 'bread']) {
  const response = await fetch(`http://${address}:${port}/${dish}`, { headers: { connection: 'close' } });
  console.log(`${response.status} ${await response.text()}`);
}
