import { createServer } from 'node:http';
import { ClusterWorker } from 'phased-cluster';

class Waiter extends ClusterWorker {
  /** It listens when this worker is to take work. When the worker stops, whatever was asked is still answered. */
  protected override _activate(): void {
    const server = createServer((request, response) => {
      response.setHeader('waiter', process.pid);
      response.end(`Here comes your ${request.url?.slice(1)}`);
    });
    this.serve(server, { port: 0, host: '127.0.0.1' });
  }
}

new Waiter();
