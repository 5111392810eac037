import { ClusterPrimary, type PrimaryHandlers, type WorkerMessageEvent } from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class HeadChef extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  readonly plates: string[] = [];

  _eventWorkerMessage_plated({ data: { message, worker } }: WorkerMessageEvent<Kitchen, 'plated'>): void {
    this.plates.push(`${worker.name} plated ${message.dish} for table ${message.table}`);
  }
}

await using chef = await new HeadChef({ workerScript: new URL('./worker.js', import.meta.url) }).ready;
const [anna] = await chef.fork({ name: 'anna' });
const [ben] = await chef.fork({ name: 'ben' });
const fromEach = () =>
  Promise.all([anna, ben].map(cook => chef.once('workerMessage', { filter: ({ data }) => data.worker === cook })));

// To one worker: by its handle, its name or its id.
let answers = fromEach();
await chef.send({ message: { type: 'cook', dish: 'soup', table: 1 }, to: anna });
await chef.send({ message: { type: 'cook', dish: 'salad', table: 2 }, to: 'ben' });
await answers;

// To all that are ready: `send` without `to`. It resolves with the handles that it reached.
answers = fromEach();
const reached = await chef.send({ message: { type: 'cook', dish: 'bread', table: 3 } });
await answers;

console.log(chef.plates.sort().join('\n'));
console.log(`${reached.length} cooks were told about the bread`);
