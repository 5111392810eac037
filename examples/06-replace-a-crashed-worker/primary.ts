import { ClusterPrimary } from 'phased-cluster';

await using primary = await new ClusterPrimary({ workerScript: new URL('./worker.js', import.meta.url) }).ready;
const [first] = await primary.fork({ name: 'anna' });

primary.on({
  removeWorker: ({ data: { worker } }) => console.log(`${worker.name} is not selected any more`),
  workerExit: ({ data: { worker, code, signal } }) =>
    console.log(`${worker.name} exited: code ${code}, signal ${signal}`),
  workerReplace: ({ data: { exit } }) => console.log(`cause ${exit.cause}: it is being replaced`),
  addWorker: ({ data: { worker } }) => console.log(`${worker.name} can be selected again`),
});

const replaced = primary.once('workerReady');
first?.kill('SIGKILL');
const { worker: second } = (await replaced).data;

console.log(`same name: ${second.name === first?.name}, same slot: ${second.slot === first?.slot}`);
console.log(`same process: ${second.pid === first?.pid}`);

// Asked to leave, a worker leaves for good.
await second.destroy();
console.log(`${primary.workers.length} workers are left`);
