import { ClusterPrimary } from 'phased-cluster';
import { io } from 'socket.io-client';

const primary = new ClusterPrimary({
  workerCount: 2,
  workerScript: new URL('./worker.js', import.meta.url),
  // All requests of a guest come to the same worker, and so do all guests of a room. `by: 'ip'` needs no `readHead`.
  sticky: { readHead: true, by: ({ head = '' }) => /[?&]room=(\w+)/.exec(head)?.[1] ?? '' },
});
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const before = new Set(primary.workers.map(({ pid }) => pid));

const options = { reconnectionDelay: 50, forceNew: true };
const enter = (room: string, transport: 'polling' | 'websocket') =>
  io(`http://${address}:${port}`, { ...options, query: { room }, transports: [transport] });
const rooms = ['kitchen', 'cellar'].map(room => [room, enter(room, 'polling'), enter(room, 'websocket')] as const);
const guests = rooms.flatMap(([, ...both]) => both);
const all = (event: string, of = guests) =>
  Promise.all(of.map(guest => new Promise<{ by: string; pid: number }>(resolve => guest.once(event, resolve))));

async function talk(): Promise<void> {
  for (const [room, anna, ben] of rooms) {
    const heard = all('said', [anna, ben]);
    anna.emit('say');
    for (const { by, pid } of await heard)
      console.log(`${room}: heard at ${by}, ${before.has(pid) ? 'the old' : 'the new'} one`);
  }
}

await all('connect');
await talk();
const connected = all('connect');
await primary.reload({ stability: 0 });
await connected;
await talk();
for (const guest of guests) guest.close();
