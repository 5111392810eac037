import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { port } = (await listening).data.address;
const [old] = primary.workers;

/** Orders dishes, and prints what is said until the connection ends. */
async function visit(dishes: readonly string[], gotSoup: (socket: Socket) => unknown): Promise<void> {
  const socket = connect(Number(port), '127.0.0.1');
  for (const dish of dishes) socket.write(`${dish}\n`);
  for await (const line of createInterface(socket)) {
    console.log(line.replace(/\d+/, pid => (Number(pid) === old?.pid ? 'from the old worker' : 'from the new worker')));
    if (line.endsWith('SOUP')) gotSoup(socket);
  }
  console.log('(the connection has ended)');
}

let reload: Promise<unknown> | undefined;
await visit(['SOUP', 'ROAST'], () => {
  reload = primary.reload({ stability: 0 });
});
await visit(['SOUP'], socket => socket.end());
await reload;
