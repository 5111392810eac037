import { ClusterPrimary, GroupFailedError } from 'phased-cluster';

class Bank extends ClusterPrimary {
  isOpen = true;

  /** Each worker asks for it before it is ready; what is thrown here, fails its start. */
  _eventWorkerRequest_key(): string {
    if (!this.isOpen) throw new Error('the bank is closed');
    return 'the key';
  }
}

await using bank = await new Bank({
  workerCount: 1,
  workerScript: new URL('./worker.js', import.meta.url),
  // One failure more than `intensity` within `period` (10 s) is too much. `whenGroupFails: 'exit'` would end it all.
  restart: { intensity: 3, backoff: { initial: 20 } },
}).ready;
const ask = () => bank.request({ message: { type: 'balance' } });
console.log(await ask());

bank.on('groupFailed', event => {
  for (const { cause, error } of event.data.exits) console.log(`${cause}: ${error?.message ?? 'SIGKILL'}`);
  event.prevent(); // or else a process warning tells, too
});
bank.isOpen = false;
const [teller] = bank.workers;
teller?.kill('SIGKILL');
await teller?.exited;
// Waits for the replacement, and learns that there will be none. From now on nothing is forked.
await ask().catch((error: unknown) => console.log(error instanceof GroupFailedError && error.message));
console.log(`the group has ${bank.status().groups[0]?.state}`);

bank.isOpen = true;
await bank.resume();
console.log(await ask());
