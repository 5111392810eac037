import { ClusterPrimary, ClusterWorker } from 'phased-cluster';

class Counter extends ClusterWorker {
  #count = 0;

  _eventPrimaryRequest_count() {
    return ++this.#count;
  }
}

// Without a `workerScript`, workers run the script that is running.
if (ClusterWorker.isWorker) {
  new Counter();
} else {
  await using primary = await new ClusterPrimary({ workerCount: 2 }).ready;

  // Without `to`, requests go round: four of them, two to each worker.
  for (let i = 0; i < 4; i++) console.log(await primary.request({ message: { type: 'count' } }));
}
