import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { ClusterWorker } from 'phased-cluster';

class Kitchen extends ClusterWorker {
  protected override _activate(): void {
    const app = express();
    app.get('/soup', (_, response) => {
      response.json({ dish: 'soup', pid: process.pid });
    });
    app.get('/roast', async (_, response) => {
      response.flushHeaders();
      // A dish that is never done before this worker is asked to stop.
      await once(this.stopping, 'abort');
      response.end(JSON.stringify({ dish: 'roast', pid: process.pid }));
    });
    this.serve(createServer(app), { port: 0, host: '127.0.0.1' });
  }
}

new Kitchen();
