import { ClusterPrimary } from 'phased-cluster';

await using primary = await new ClusterPrimary({
  workerScript: new URL('./worker.js', import.meta.url),
  groups: {
    permanent: { restart: { policy: 'permanent' } }, // the default
    transient: { restart: { policy: 'transient' } },
    temporary: { restart: { policy: 'temporary' } },
  },
}).ready;

let isReplaced = false;
primary.on('workerReplace', () => {
  isReplaced = true;
});

const endings = [
  { name: 'exits with 0', message: { type: 'leave', code: 0 } },
  { name: 'exits with 1', message: { type: 'leave', code: 1 } },
  { name: 'is destroyed', message: undefined },
] as const;

for (const { name, message } of endings) {
  for (const group of ['permanent', 'transient', 'temporary']) {
    const [worker] = await primary.fork({ group });
    isReplaced = false;
    const exited = primary.once('workerExit', { filter: ({ data }) => data.worker === worker });
    if (message) await worker?.send({ message });
    else await worker?.destroy(); // asked to leave, a worker leaves for good
    await exited;
    console.log(`${group}, ${name}: ${isReplaced ? 'replaced' : 'gone for good'}`);
  }
}
