/** The worker of `bench/standby.ts`: its boot takes half a second, as that of a program that loads and connects. */
import { ClusterWorker } from 'phased-cluster';

const bootTime = 500;

class SlowStarter extends ClusterWorker {
  protected override async _initialize(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, bootTime));
  }

  _eventPrimaryRequest_who(): string {
    return this.name;
  }
}

new SlowStarter();
