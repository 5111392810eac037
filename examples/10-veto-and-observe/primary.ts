import { ClusterPrimary, type PrimaryHandlers, type WorkerMessageEvent } from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class HeadChef extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  // The event's own work, its `complete` stage: after `before` and `on`, before `after`.
  _eventWorkerMessage_plated({ data: { message } }: WorkerMessageEvent<Kitchen, 'plated'>): void {
    console.log(`complete: ${message.dish} is served`);
  }
}

await using chef = await new HeadChef({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) }).ready;

// See it first, and veto it: then it is not served, and `after` does not run.
chef.before('workerMessage', event => {
  const { dish } = event.data.message as { readonly dish: string };
  console.log(`before:   is the ${dish} good?`);
  if (dish === 'burnt toast') event.prevent();
});
// Observe what was really done.
chef.after('workerMessage', () => console.log('after:    the bell rings'));

for (const dish of ['soup', 'burnt toast', 'salad']) {
  const seen = new Promise<void>(resolve => {
    chef.onceBefore('workerMessage', () => resolve());
  });
  await chef.send({ message: { type: 'cook', dish, table: 1 } });
  await seen;
}
