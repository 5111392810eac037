import { ClusterWorker, type PrimaryMessageEvent, type WorkerHandlers } from 'phased-cluster';
import type { Health } from './health.js';

class Monitored extends ClusterWorker<Health> implements WorkerHandlers<Health> {
  #jobs = 0;

  _eventPrimaryMessage_load({ data: { message } }: PrimaryMessageEvent<Health, 'load'>): void {
    this.#jobs = message.jobs;
    this.status = this.#jobs > 100 ? 'OVERLOADED' : 'HEALTHY';
  }

  _eventPrimaryRequest_health(): { jobs: number; memory: number } {
    return { jobs: this.#jobs, memory: process.memoryUsage.rss() };
  }
}

new Monitored();
