import { createServer } from 'node:http';
import { ClusterWorker } from 'phased-cluster';

class Archive extends ClusterWorker {
  protected override _activate(): void {
    const server = createServer(async (request, response) => {
      let bytes = 0;
      for await (const chunk of request) bytes += chunk.length;
      response.end(`${bytes} bytes for ${process.pid}`);
    });
    this.serve(server, { port: 0, host: '127.0.0.1' });
  }
}

new Archive();
