import { ClusterPrimary, type PrimaryHandlers, type WorkerMessageEvent } from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class HeadChef extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  _eventWorkerMessage_served({ data: { message } }: WorkerMessageEvent<Kitchen, 'served'>): void {
    console.log(message.text);
  }
}

await using chef = await new HeadChef({ workerScript: new URL('./worker.js', import.meta.url) }).ready;
for (const name of ['anna', 'bert']) await chef.fork({ name });

// What workers say to each other goes through the primary unread, unless somebody looks; whoever looks can prevent it.
chef.before('peerMessage', ({ data: { worker, to, kind } }) => {
  console.log(`  a ${kind} from ${worker.name} to ${to.name}`);
});

for (const dish of ['soup', 'fugu']) {
  const served = chef.once('workerMessage');
  await chef.send({ message: { type: 'order', dish }, to: 'anna' });
  await served;
}
