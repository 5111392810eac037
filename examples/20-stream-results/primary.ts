import { ClusterPrimary, type PrimaryHandlers } from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class Baker extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  _eventWorkerMessage_ovenOff(): void {
    console.log('the oven is off');
  }
}

const workerScript = new URL('./worker.js', import.meta.url);
await using baker = await new Baker({ workerCount: 1, workerScript }).ready;

for await (const { loaf, crust } of baker.stream({ message: { type: 'bake', loaves: 3 } })) {
  console.log(`loaf ${loaf} is ${crust}`);
}

// The oven bakes ahead only as far as there is room for the loaves, and leaving the loop turns it off.
const ovenOff = baker.once('workerMessage');
for await (const { loaf } of baker.stream({ message: { type: 'bake', loaves: 1_000_000_000 } })) {
  if (loaf < 1000) continue;
  console.log(`had enough after ${loaf}`);
  break;
}
await ovenOff;
