import { ClusterWorker } from 'phased-cluster';

class Server extends ClusterWorker {
  readonly #release = process.env.RELEASE;

  // The worst kind of a bad release: the first worker of it does well.
  protected override _initialize(): void {
    if (this.#release === '2' && this.slot === 1) throw new Error('a column of the table is missing');
  }

  _eventPrimaryRequest_release(): string | undefined {
    return this.#release;
  }
}

new Server();
