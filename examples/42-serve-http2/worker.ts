import { createServer } from 'node:http2';
import { ClusterWorker } from 'phased-cluster';

class Kitchen extends ClusterWorker {
  /** `createSecureServer`, with and without `allowHTTP1`, is served in the same way. */
  protected override _activate(): void {
    const server = createServer();
    server.on('stream', (stream, { ':path': path }) => {
      stream.respond({ ':status': 200 });
      // A dish is ready when the guest has said everything that belongs on it.
      stream.resume().on('end', () => stream.end(`${path?.slice(1)} from ${process.pid}`));
    });
    this.serve(server, { port: 0, host: '127.0.0.1' });
  }
}

new Kitchen();
