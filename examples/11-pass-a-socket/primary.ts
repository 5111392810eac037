import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { ClusterPrimary } from 'phased-cluster';
import type { Door } from './door.js';

await using primary = await new ClusterPrimary<Door>({ workerScript: new URL('./worker.js', import.meta.url) }).ready;
for (const name of ['anna', 'ben']) await primary.fork({ name });

// Paused, so that nothing of what the guest says is read in this process.
let number = 0;
const server = createServer({ pauseOnConnect: true }, socket => {
  number++;
  void primary.send({ message: { type: 'guest', number }, to: primary.roundRobin({ tag: 'guest' }), handle: socket });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

for (let guest = 0; guest < 3; guest++) console.log(await text(connect(port, '127.0.0.1')));
server.close();
