import { once } from 'node:events';
import { ClusterPrimary } from 'phased-cluster';
import { WebSocket } from 'ws';

const primary = new ClusterPrimary({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const [old] = primary.workers;

async function enter(name: string): Promise<WebSocket> {
  const guest = new WebSocket(`ws://${address}:${port}/`);
  await once(guest, 'open');
  guest.send(`hello ${name}`);
  const [data] = await once(guest, 'message');
  console.log(String(data).replace(/\d+/, pid => (Number(pid) === old?.pid ? 'the old worker' : 'the new worker')));
  return guest;
}

const names = ['anna', 'ben'];
const guests = [];
for (const name of names) guests.push(await enter(name));

const closed = Promise.all(guests.map(guest => once(guest, 'close')));
const drained = primary.once('workerServerClose');
const reload = primary.reload({ stability: 0 });
for (const [code, reason] of await closed) console.log(`closed with ${code}: ${reason}`);
for (const name of names) await enter(name);

await reload;
const { handedOver, cut } = (await drained).data.report;
console.log(`${handedOver} were told to come again, ${cut} were cut`);
