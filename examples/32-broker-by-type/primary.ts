import { ClusterPrimary, GroupDrainedError } from 'phased-cluster';
import type { Jobs } from './jobs.js';

/** Gives each job to whoever of its group has the least to do. */
const broker = new ClusterPrimary<Jobs>({
  workerScript: new URL('./worker.js', import.meta.url),
  groups: {
    // Image libraries leak: after ten jobs a worker is replaced, the new one first. Every job is finished.
    resize: { workerCount: 2, recycle: { messages: 10, jitter: 0 } },
    mail: { workerCount: 1, dependsOn: ['resize'] },
  },
});
await using _ = broker;
await broker.ready;
const resize = (image: string) =>
  broker.request({ message: { type: 'resize', image }, to: { group: 'resize', select: 'leastPending' } });
const mail = (to: string) => broker.request({ message: { type: 'mail', to }, to: { group: 'mail' } });

const fresh = new Set<string>();
broker.on('workerExit', ({ data: { worker, exit } }) => {
  fresh.add(`${worker.name} was ${exit.cause}`);
});
let resized = 0;
while (fresh.size < 2) {
  await Promise.all(['cat.png', 'dog.png'].map(resize));
  resized += 2;
}
console.log([...fresh].sort().join(', '));
console.log(`at least twenty jobs, and all of them were done: ${resized >= 20}`);

// The post is closed for a while; images are still resized.
await broker.drain({ group: 'mail' });
await mail('Anna').catch((error: unknown) => console.log(error instanceof GroupDrainedError && error.message));
console.log(await resize('owl.png'));
await broker.resume({ group: 'mail' });
console.log(await mail('Anna'));
