import { ClusterWorker } from 'phased-cluster';

class Counter extends ClusterWorker {
  _eventPrimaryRequest_count({ data: { message } }: { data: { message: { to: number | null } } }): number {
    // JSON makes null of infinity: a classic.
    return countUpTo(message.to);
  }
}

function countUpTo(end: number | null): number {
  let count = 0;
  while (count !== end) count++;
  return count;
}

new Counter();
