import { setTimeout } from 'node:timers/promises';
import { ClusterWorker } from 'phased-cluster';
import type { Jobs } from './jobs.js';

class Miller extends ClusterWorker<Jobs> {
  protected override _activate(): void {
    void this.#loop();
  }

  protected override _destroy(): void {
    console.log('the mill stands still');
  }

  async #loop(): Promise<void> {
    // Aborted when the worker is asked to stop: no further job is begun.
    while (!this.stopping.aborted) {
      // What says that it is PROCESSING is not stopped before it says something else, or its time is over.
      this.status = 'PROCESSING';
      await setTimeout(20);
      await this.send({ message: { type: 'milled', sack: true } });
      this.status = 'IDLE';
    }
    console.log(`no further sack: ${this.stopping.reason.message}`);
  }
}

new Miller();
