import { setTimeout } from 'node:timers/promises';
import { ClusterWorker, type Protocol } from 'phased-cluster';

/** A worker with a connection: a class to derive from. */
export class StoreWorker<P extends Protocol> extends ClusterWorker<P> {
  protected connection: string | undefined;

  // Runs before the method of a derived class, which does not call it: the library calls each level's own.
  protected override async _initialize(): Promise<void> {
    console.log('base: connecting');
    await setTimeout(20);
    this.connection = 'a connection';
  }

  protected override _destroy(): void {
    console.log('base: disconnecting');
    this.connection = undefined;
  }
}
