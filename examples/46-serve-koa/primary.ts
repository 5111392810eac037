import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
const listening = primary.once('workerListening');
await using _ = await primary.ready;

const { address, port } = (await listening).data.address;
const [old] = primary.workers;

/** What an `EventSource` gets until the answer ends. */
async function* listen(): AsyncGenerator<string> {
  const { body } = await fetch(`http://${address}:${port}/`);
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) yield* text.match(/(?<=data: ).+/g) ?? [];
}

function show(news: string): void {
  console.log(news.replace(/\d+/, pid => (Number(pid) === old?.pid ? 'the old worker' : 'the new worker')));
}

let reload: Promise<unknown> | undefined;
for await (const news of listen()) {
  show(news);
  reload ??= primary.reload({ stability: 0 });
}
await reload;
console.log('(the answer has ended: once more)');
let shutDown: Promise<unknown> | undefined;
for await (const news of listen()) {
  show(news);
  shutDown ??= primary.shutDown();
}
await shutDown;
