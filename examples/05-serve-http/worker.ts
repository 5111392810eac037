import { once } from 'node:events';
import { createServer } from 'node:http';
import { ClusterWorker } from 'phased-cluster';

class Waiter extends ClusterWorker {
  readonly #server = createServer((request, response) => response.end(`Here comes your ${request.url?.slice(1)}`));

  /** Take work: this worker counts as ready once it listens. */
  protected override async _activate(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  protected override _destroy(): void {
    this.#server.close();
  }
}

new Waiter();
