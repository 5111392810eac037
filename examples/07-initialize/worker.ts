import { setTimeout } from 'node:timers/promises';
import type { AnyProtocol } from 'phased-cluster';
import { StoreWorker } from './store.js';

class RecipeWorker extends StoreWorker<AnyProtocol> {
  readonly #recipes: string[] = [];

  protected override async _initialize(): Promise<void> {
    console.log(`derived: loading over ${this.connection}`);
    await setTimeout(20);
    this.#recipes.push('soup', 'salad');
  }

  protected override async _destroy(): Promise<void> {
    console.log(`derived: saving ${this.#recipes.length} recipes over ${this.connection}`);
    await setTimeout(20);
  }
}

new RecipeWorker();
