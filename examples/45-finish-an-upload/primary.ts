import { once } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const [old] = primary.workers;
const half = Buffer.alloc(2_500_000, 'x');
const agent = new Agent({ keepAlive: true });

/** Begins an upload of 5 MB; resolves when a worker takes it, and half of it is sent. */
async function begin(): Promise<ClientRequest> {
  const headers = { 'content-length': 2 * half.length, expect: '100-continue' };
  const upload = request(`http://${address}:${port}/`, { method: 'POST', headers, agent });
  upload.flushHeaders();
  await once(upload, 'continue');
  upload.write(half);
  return upload;
}

async function finish(upload: ClientRequest): Promise<void> {
  upload.end(half);
  const [response] = await once(upload, 'response');
  const answer = await text(response);
  console.log(answer.replace(/\d+$/, pid => (Number(pid) === old?.pid ? 'the old worker' : 'the new worker')));
}

const first = await begin();
const leaves = primary.once('removeWorker');
const reload = primary.reload({ stability: 0 });
console.log(`${(await leaves).data.worker.name} leaves, in the middle of an upload`);
await finish(first);
await reload;
await finish(await begin());
agent.destroy();
