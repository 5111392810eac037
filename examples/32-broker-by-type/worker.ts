import { ClusterWorker, type PrimaryRequestEvent, type WorkerHandlers } from 'phased-cluster';
import type { Jobs } from './jobs.js';

class Hand extends ClusterWorker<Jobs> implements WorkerHandlers<Jobs> {
  _eventPrimaryRequest_resize({ data: { message } }: PrimaryRequestEvent<Jobs, 'resize'>): string {
    return `${message.image} is small now`;
  }

  _eventPrimaryRequest_mail({ data: { message } }: PrimaryRequestEvent<Jobs, 'mail'>): string {
    return `${message.to} has got a letter`;
  }
}

new Hand();
