import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({
  workerScript: new URL('./worker.js', import.meta.url),
  groups: { api: { workerCount: 2, restart: { intensity: 0 } }, jobs: { workerCount: 1 } },
});
// From now on, before anything has started: ready are both of `api`, and one of every other group.
const health = await primary.serveHealth({ port: 0, host: '127.0.0.1', quorum: { api: 2 } });

async function probe(when: string): Promise<void> {
  console.log(`${when}:`);
  for (const path of ['livez', 'readyz']) {
    const response = await fetch(`http://127.0.0.1:${health.address.port}/${path}`);
    const { status, reason = '' } = (await response.json()) as { status: string; reason?: string };
    console.log(`  /${path} ${response.status} ${status} ${reason}`.trimEnd());
  }
}

await probe('while it starts');
await primary.ready;
await probe('when all workers are ready');

await primary.drain({ group: 'jobs' });
await probe('when jobs is drained, on purpose');

// One crash is too much for this group: nothing is replaced any more.
const failed = new Promise(resolve => {
  primary.on('groupFailed', event => resolve(event.prevent())); // or else a process warning tells, too
});
primary.worker('api-1')?.kill('SIGKILL');
await failed;
await probe('when a worker of api has crashed');

await primary.resume({ group: 'api' });
await probe('when somebody has resumed api');

primary.onShutDown('probe', () => probe('while it shuts down'), { phase: 'unbind' });
await primary.shutDown();
