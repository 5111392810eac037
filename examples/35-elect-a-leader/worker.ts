import { ClusterWorker, type Protocol } from 'phased-cluster';

export interface Crew extends Protocol {
  storage: { captain: { name: string; token: number } };
}

class Sailor extends ClusterWorker<Crew> {
  protected override _activate(): void {
    this.#standForElection().catch(error => {
      // Who stops gives up waiting.
      if (!this.stopping.aborted) throw error;
    });
  }

  async #standForElection(): Promise<void> {
    const lock = await this.storage.lock('captain', { signal: this.stopping });
    await this.storage.set('captain', { name: this.name, token: lock.token });
  }
}

new Sailor();
