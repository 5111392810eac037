import { ClusterPrimary, type ClusterStatus } from 'phased-cluster';
import { steady } from './steady.js';

class Restaurant extends ClusterPrimary {
  /** Only so that this example always prints the same. */
  override status(): ClusterStatus {
    return steady(super.status());
  }
}
await using primary = await new Restaurant({
  workerCount: 2,
  workerScript: new URL('./worker.js', import.meta.url),
  restart: { backoff: { initial: 60_000 } },
  groups: { mail: { workerCount: 1 } },
}).ready;

// A first crash is answered at once, a second one in a row after a while.
for (const _ of ['first', 'second']) {
  const worker = primary.worker('default-0');
  await primary.whenReady({ group: 'default' });
  const next = primary.once('workerReplace');
  worker?.kill('SIGKILL');
  if ((await next).data.delay === 0) await primary.once('workerReady');
}
await primary.drain({ group: 'mail' });
const asked = primary.request({ message: { type: 'wait' }, to: 'default-1' });
await primary.once('workerMessage');

console.log(primary.formatStatus());

// The same as plain, frozen data, for a dashboard or a test. Statistics count on over every replacement.
const { forks, restarts, failures } = primary.status().statistics;
console.log(`\n${forks} forks, ${failures} failures, ${restarts} restart`);
await primary.send({ message: { type: 'goOn' }, to: 'default-1' });
await asked;
