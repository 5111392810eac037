import { type FastifyInstance, fastify } from 'fastify';
import { ClusterWorker } from 'phased-cluster';

class Kitchen extends ClusterWorker {
  readonly #app: FastifyInstance = fastify();

  /** Plugins and hooks before the worker is ready; Fastify itself is never told to listen. */
  protected override async _initialize(): Promise<void> {
    this.#app.get<{ Params: { dish: string } }>('/:dish', ({ params }) => ({ dish: params.dish, pid: process.pid }));
    this.#app.addHook('onClose', () => this.send({ message: { type: 'closed' } }));
    await this.#app.ready();
  }

  protected override _activate(): void {
    this.serve(this.#app.server, { port: 0, host: '127.0.0.1' });
    // In `release` the last request has been answered: what plugins hold can be given back.
    this.onShutDown('app', () => this.#app.close(), { phase: 'release' });
  }
}

new Kitchen();
