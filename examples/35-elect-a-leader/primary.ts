import { ClusterPrimary } from 'phased-cluster';
import type { Crew } from './worker.js';

await using primary = new ClusterPrimary<Crew>({
  workerCount: 3,
  workerScript: new URL('./worker.js', import.meta.url),
});
const elections = primary.storage.watch('captain');
await primary.ready;

let reign = 0;
let before = 0;
for await (const _ of elections) {
  const { name = '', token = 0 } = primary.storage.peek('captain') ?? {};
  // Whatever a captain writes to can refuse one with a lesser token: he only believes that he still is one.
  console.log(`captain ${++reign} is ${name.replace(/\d/, 'somebody')}, with a greater token: ${token > before}`);
  if (reign === 3) break;

  before = token;
  // The lock goes to the next in line as soon as the process is gone.
  primary.worker(name)?.kill('SIGKILL');
}
