import { setTimeout } from 'node:timers/promises';
import { ClusterWorker } from 'phased-cluster';
import { type Shop, tillBootTime } from './shop.js';

/** Takes long to start: the reason for a spare one. */
class Till extends ClusterWorker<Shop> {
  protected override async _initialize(): Promise<void> {
    await setTimeout(tillBootTime, undefined, { signal: this.stopping });
  }

  _eventPrimaryRequest_pay(): { pid: number } {
    return { pid: process.pid };
  }
}

new Till();
