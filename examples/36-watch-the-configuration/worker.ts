import { ClusterWorker, type Protocol, type WorkerHandlers } from 'phased-cluster';

export interface Greeters extends Protocol {
  workerMessage: { configured: { greeting: string } };
  primaryRequest: { tamper(): string };
  storage: { config: { greeting: string; volume: number } };
}

class Greeter extends ClusterWorker<Greeters> implements WorkerHandlers<Greeters> {
  protected override async _initialize(): Promise<void> {
    await this.storage.attach();
    this.#follow().catch(error => {
      // Who stops ends the watch.
      if (!this.stopping.aborted) throw error;
    });
  }

  _eventPrimaryRequest_tamper(): Promise<string> {
    return this.storage.set('config.volume', 0).then(String, error => `a worker: ${error.code}`);
  }

  /** Every change, in order, none left out. */
  async #follow(): Promise<void> {
    for await (const { path } of this.storage.watch('config', { signal: this.stopping })) {
      const { greeting = '' } = this.storage.peek('config') ?? {};
      if (path === 'config.greeting') void this.send({ message: { type: 'configured', greeting } });
    }
  }
}

new Greeter();
