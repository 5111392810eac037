import { ClusterPrimary } from 'phased-cluster';
import type { Crew } from './worker.js';

await using primary = new ClusterPrimary<Crew>({
  workerCount: 3,
  workerScript: new URL('./worker.js', import.meta.url),
});
await using elections = primary.storage.watch('captain');
await primary.ready;

let before = 0;
for (let reign = 1; reign <= 3; reign++) {
  const { value: election } = await elections.next();
  const { name, token } = election?.value as Crew['storage']['captain'];
  // Whatever a captain writes to can refuse one with a lesser token: he only believes that he still is one.
  console.log(`captain ${reign} is ${name.replace(/\d/, 'somebody')}, with a greater token: ${token > before}`);
  before = token;
  // The lock goes to the next in line as soon as the process is gone.
  if (reign < 3) primary.worker(name)?.kill('SIGKILL');
}
