import { ClusterWorker, type WorkerHandlers } from 'phased-cluster';
import type { Tasks } from './tasks.js';

class Specialist extends ClusterWorker<Tasks> implements WorkerHandlers<Tasks> {
  readonly #kind = process.env.TASK_KIND ?? 'mail';

  async _eventPrimaryRequest_work(): Promise<{ done: string[] }> {
    const done: string[] = [];
    for (let task = await this.#take(); task !== null; task = await this.#take()) done.push(`${task} done`);
    return { done };
  }

  async #take(): Promise<string | null> {
    const { task } = await this.request({ message: { type: 'take', kind: this.#kind } });
    return task;
  }
}

new Specialist();
