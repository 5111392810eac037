import { ClusterPrimary } from 'phased-cluster';

// A loader for the workers alone. One that this process was started with carries over without a word.
const primary = new ClusterPrimary({
  workerCount: 1,
  workerScript: new URL('./worker.ts', import.meta.url),
  workerExecArgv: ['--import', 'tsx'],
});
try {
  await primary.ready;
  console.log(await primary.request({ message: { type: 'language' } }));
} finally {
  await primary.destroy();
}
