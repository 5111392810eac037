import { ClusterPrimary } from 'phased-cluster';

// A worker that does not use this library never says hello: it is ready once it listens.
const primary = new ClusterPrimary({
  workerCount: 2,
  workerScript: new URL('./server.js', import.meta.url),
  workerEnv: { PORT: '0' },
  readyOn: 'listening',
});
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const ask = async () => {
  const response = await fetch(`http://${address}:${port}/`, { headers: { connection: 'close' } });
  console.log(await response.text());
};

await ask();
const replaced = primary.once('workerReady');
primary.workers[0]?.kill('SIGKILL');
await replaced;
await ask();
console.log(`${primary.workers.length} servers, one of them new`);
