import type { SharedStorage, StorageWatch } from '../../lib/index.js';
import type { HistoryRecorder } from './history.js';
import { firstPath, lastPath } from './storage-workload.js';

/** Sees everything that happens in a storage, from before the first to after the last that others do there. */
export class StorageObserver {
  readonly #storage: SharedStorage;
  readonly #recorder: HistoryRecorder;
  #watching: Promise<void> = Promise.resolve();

  constructor(storage: SharedStorage, recorder: HistoryRecorder) {
    this.#storage = storage;
    this.#recorder = recorder;
  }

  async begin(): Promise<void> {
    await this.#set(firstPath);
    const index = this.#recorder.invoke('watch', { path: '' });
    const maxQueued = Number.POSITIVE_INFINITY;
    this.#watching = this.#follow(index, this.#storage.watch('', { initial: true, maxQueued }));
    this.#watching.catch(() => {});
  }

  /** Resolves when all has been seen. */
  async end(): Promise<void> {
    await this.#set(lastPath);
    await this.#watching;
  }

  #set(path: string): Promise<number> {
    const value = this.#recorder.process;
    return this.#recorder.record(
      'set',
      { path, value },
      () => this.#storage.set(path, value),
      version => ({ version }),
    );
  }

  async #follow(index: number, watch: StorageWatch): Promise<void> {
    for await (const { type: change, path, value, version } of watch) {
      this.#recorder.note(index, 'ok', { op: 'watch', change, path, value, version });
      if (path === lastPath) return;
    }
  }
}
