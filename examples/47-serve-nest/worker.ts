import 'reflect-metadata';
import { Controller, Get, type INestApplication, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClusterWorker } from 'phased-cluster';

class Dishes {
  order(dish: string): object {
    return { dish, pid: process.pid };
  }
  onApplicationShutdown(): void {
    console.log('NestJS has shut down');
  }
}
class Kitchen {}

// What `@Controller()`, `@Get()` and so on do, for those who compile without `experimentalDecorators`.
Controller('dishes')(Dishes);
Get(':dish')(Dishes.prototype, 'order', Object.getOwnPropertyDescriptor(Dishes.prototype, 'order') ?? {});
Param('dish')(Dishes.prototype, 'order', 0);
Module({ controllers: [Dishes] })(Kitchen);

class Server extends ClusterWorker {
  #app: INestApplication | undefined;

  protected override async _initialize(): Promise<void> {
    this.#app = await NestFactory.create(Kitchen, { logger: ['error', 'warn'] });
    await this.#app.init();
  }

  /** In place of `app.listen()`. */
  protected override _activate(): void {
    this.serve(this.#app?.getHttpServer(), { port: 0, host: '127.0.0.1' });
  }

  protected override async _destroy(): Promise<void> {
    await this.#app?.close();
  }
}

new Server();
