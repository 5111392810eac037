import { ClusterPrimary, type PrimaryHandlers, type WorkerRequestEvent } from 'phased-cluster';
import type { Tasks } from './tasks.js';

class Dispatcher extends ClusterPrimary<Tasks> implements PrimaryHandlers<Tasks> {
  readonly #queues = new Map<string, string[]>();

  add(kind: string, ...tasks: string[]): void {
    this.#queues.set(kind, [...(this.#queues.get(kind) ?? []), ...tasks]);
  }

  _eventWorkerRequest_take({ data: { message } }: WorkerRequestEvent<Tasks, 'take'>): { task: string | null } {
    return { task: this.#queues.get(message.kind)?.shift() ?? null };
  }
}

await using dispatcher = await new Dispatcher({ workerScript: new URL('./worker.js', import.meta.url) }).ready;
dispatcher.add('mail', 'welcome anna', 'remind ben');
dispatcher.add('thumbnail', 'cat.png', 'dog.png', 'hen.png');

// A specialist for each queue: a slot's name and environment stay with it, also when its worker is replaced.
const kinds = ['mail', 'thumbnail'];
await Promise.all(kinds.map(kind => dispatcher.fork({ name: kind, env: { TASK_KIND: kind } })));
const reports = await Promise.all(kinds.map(to => dispatcher.request({ message: { type: 'work' }, to })));

for (const [index, { done }] of reports.entries()) console.log(`${kinds[index]}: ${done.join(', ')}`);
