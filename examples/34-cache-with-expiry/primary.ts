import { ClusterPrimary } from 'phased-cluster';
import type { Weather } from './worker.js';

await using primary = await new ClusterPrimary<Weather>({
  workerCount: 2,
  workerScript: new URL('./worker.js', import.meta.url),
}).ready;
const ask = () => primary.request({ message: { type: 'forecast', city: 'Oslo' } });

console.log(await ask()); // one worker looks it up …
console.log(await ask()); // … the other one finds it

const expired = primary.once('storageExpire');
console.log(`gone: ${(await expired).data.path}`);
console.log(await ask());
