import { ClusterPrimary } from 'phased-cluster';

const primary = new ClusterPrimary({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
primary.on('workerReady', () => console.log('primary: the worker is ready'));
primary.on('shutDown', () => console.log('primary: shutting down'));

await primary.ready;
await primary.shutDown();
await primary.destroy();
console.log('primary: everything is released');
