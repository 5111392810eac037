import { ClusterPrimary, type PrimaryHandlers, RemoteError, type WorkerRequestEvent } from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class HeadChef extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  readonly #pantry = new Map([['salt', 2]]);

  _eventWorkerRequest_pantry({ data: { message } }: WorkerRequestEvent<Kitchen, 'pantry'>): { left: number } {
    const left = this.#pantry.get(message.name) ?? 0;
    this.#pantry.set(message.name, Math.max(0, left - 1));
    return { left };
  }
}

await using chef = await new HeadChef({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) }).ready;

for (const dish of ['soup', 'salad', 'stew']) {
  const { salted } = await chef.request({ message: { type: 'cook', dish }, timeout: 5_000 });
  console.log(`${dish}: ${salted ? 'salted' : 'no salt was left'}`);
}

// What a handler throws travels back to whoever asked.
try {
  await chef.request({ message: { type: 'cook', dish: 'fugu' } });
} catch (error) {
  if (error instanceof RemoteError) console.log(`fugu: ${error.message}`);
}
