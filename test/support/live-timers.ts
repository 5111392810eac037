import { createHook } from 'node:async_hooks';

/**
 * How many timers this process has while it is enabled, those included that do not keep it alive: of these
 * `process.getActiveResourcesInfo()` says nothing.
 */
export class LiveTimers implements Disposable {
  readonly #live = new Set<number>();
  readonly #hook = createHook({
    init: (id, type) => {
      if (type === 'Timeout') this.#live.add(id);
    },
    destroy: id => void this.#live.delete(id),
  }).enable();

  /** Resolves when none is left of those that were set since this began. Asks without a timer of its own. */
  async gone(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (this.#live.size > 0) {
      if (performance.now() > end) throw new Error(`After ${ms} ms there were still ${this.#live.size} timers`);
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
  }
}
