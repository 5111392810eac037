import { PassThrough } from 'node:stream';
import Koa from 'koa';
import { ClusterWorker } from 'phased-cluster';

class Radio extends ClusterWorker {
  readonly #listeners = new Set<PassThrough>();

  protected override _activate(): void {
    const app = new Koa();
    app.use(context => {
      context.type = 'text/event-stream';
      context.set('Connection', 'close');
      context.body = this.#tuneIn();
    });
    // Koa listens by itself. Without options `serve` leaves that to it, and still loses no request.
    this.serve(app.listen(0, '127.0.0.1'));
    // An answer that never ends by itself would be cut at the deadline. In this phase no connection comes in any more.
    this.onShutDown('news', () => {
      for (const listener of this.#listeners) listener.end('data: stay tuned\n\n');
    });
  }

  #tuneIn(): PassThrough {
    const listener = new PassThrough();
    listener.write(`data: news from ${process.pid}\n\n`);
    if (this.stopping.aborted) listener.end();
    else this.#listeners.add(listener);
    return listener.on('close', () => this.#listeners.delete(listener));
  }
}

new Radio();
