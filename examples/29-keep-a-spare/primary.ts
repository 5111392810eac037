import { ClusterPrimary } from 'phased-cluster';

/** What a worker takes to initialize, in milliseconds. */
const bootTime = 1_500;

await using primary = new ClusterPrimary({
  workerCount: 1,
  standby: 1, // for each group
  workerScript: new URL('./worker.js', import.meta.url),
  workerEnv: { BOOT_TIME: String(bootTime) },
});

// The spare worker starts when the others are ready. It has a name of its own until it takes the place of another.
const { worker: spare } = (await primary.once('workerStandby')).data;
console.log(`ready: ${primary.workers.map(({ name }) => name)}, spare: ${spare.name}`);

const killed = performance.now();
const promoted = primary.once('workerReady');
primary.worker('default-0')?.kill('SIGKILL');
const { worker } = (await promoted).data;
console.log(`the spare process is ${worker.name} now: ${worker === spare}`);
console.log(`sooner than any other could be ready: ${performance.now() - killed < bootTime}`);
console.log(await worker.request({ message: { type: 'whoAreYou' } }));
