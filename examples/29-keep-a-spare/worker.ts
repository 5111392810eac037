import { setTimeout } from 'node:timers/promises';
import { ClusterWorker } from 'phased-cluster';

class Cook extends ClusterWorker {
  /** A spare worker does this as well: load, connect, warm up. */
  protected override async _initialize(): Promise<void> {
    await setTimeout(Number(process.env.BOOT_TIME));
  }

  /** And here it waits until it is needed: begin to take work. */
  protected override _activate(): void {
    console.log(`${this.name} takes orders`);
  }

  _eventPrimaryRequest_whoAreYou(): string {
    return this.name;
  }
}

new Cook();
