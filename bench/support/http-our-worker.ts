/** The worker of `bench/http.ts` on this library's side. */
import { ClusterWorker } from 'phased-cluster/worker';
import { host } from './http-modes.js';
import { httpServer, workerArguments } from './http-server.js';

class Waiter extends ClusterWorker {
  protected override _activate(): void {
    const { port, mode } = workerArguments();
    this.serve(httpServer(), { port, host, balance: mode === 'reusePort' ? 'reusePort' : 'shared' });
  }
}

new Waiter();
