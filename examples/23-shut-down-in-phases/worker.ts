import { setTimeout } from 'node:timers/promises';
import { ClusterWorker, type WorkerHandlers } from 'phased-cluster';
import type { Restaurant } from './restaurant.js';

class Cook extends ClusterWorker<Restaurant> implements WorkerHandlers<Restaurant> {
  protected override _initialize(): void {
    // The latest is the first of its phase: what needs the stove is done before it is turned off.
    this.onShutDown('stove', () => console.log('worker: the stove is off'), { phase: 'release' });
    this.onShutDown('pans', 'cleanPans', { phase: 'release', timeout: 1_000 });
    this.onShutDown('kitchen', ({ reason }) => console.log(`worker: no further orders (${reason})`), {
      phase: 'unbind',
    });
    this.onShutDown('radio', () => {
      throw new Error('there is no radio');
    });
    this.removeShutDown('radio');
  }

  protected override _destroy(): void {
    console.log('worker: good night');
  }

  async cleanPans(): Promise<void> {
    await setTimeout(20);
    console.log('worker: the pans are clean');
  }

  async _eventPrimaryRequest_cook(): Promise<string> {
    await setTimeout(200);
    console.log('worker: the last dish is cooked');
    return 'soup';
  }
}

new Cook();
