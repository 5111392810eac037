import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const [old] = primary.workers;
const open = () => connect(`http://${address}:${port}`);
const order = (session: ClientHttp2Session, dish: string) =>
  session.request({ ':method': 'POST', ':path': `/${dish}` });

async function show(stream: ClientHttp2Stream): Promise<void> {
  const dish = await text(stream);
  console.log(dish.replace(/\d+/, pid => (Number(pid) === old?.pid ? 'the old worker' : 'the new worker')));
}

const first = open();
await show(order(first, 'soup').end());
const pizza = order(first, 'pizza');
pizza.write('cheese');
await once(pizza, 'response');

const goaway = once(first, 'goaway');
const ended = once(first, 'close');
const reload = primary.reload({ stability: 0 });
const [code] = await goaway;
console.log(`GOAWAY ${code}: what has begun goes on, for anything else there is another session`);
const second = open();
await show(order(second, 'bread').end());
await show(pizza.end('olives'));
await ended;
console.log('the first session has ended');
second.close();
await reload;
