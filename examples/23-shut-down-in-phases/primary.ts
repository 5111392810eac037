import { ClusterPrimary } from 'phased-cluster';
import type { Restaurant } from './restaurant.js';

const workerScript = new URL('./worker.js', import.meta.url);
const primary = await new ClusterPrimary<Restaurant>({ workerCount: 1, workerScript, drainTimeout: 5_000 }).ready;

// `unbind` comes before the workers stop, `release` when all of them are gone.
primary.onShutDown('door', ({ reason }) => console.log(`primary: the door is closed (${reason})`), { phase: 'unbind' });
primary.onShutDown('lights', () => console.log('primary: the lights are out'));

const dish = primary.request({ message: { type: 'cook' } });
primary.on('workerExit', ({ data: { code } }) => console.log(`primary: the worker has ended with ${code}`));

// In a program this is what SIGTERM does: an open request is finished, within `drainTimeout`.
await primary.shutDown();
console.log(`primary: the ${await dish} was still served`);
