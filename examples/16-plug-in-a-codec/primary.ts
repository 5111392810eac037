import { ClusterPrimary, WorkerBootError } from 'phased-cluster';
import { codec } from './codec.js';
import type { Kitchen } from './kitchen.js';

const primary = await new ClusterPrimary<Kitchen>({
  workerScript: new URL('./worker.js', import.meta.url),
  workerCount: 1,
  // Bytes need it; a codec that writes text goes over 'json' too.
  serialization: 'advanced',
  codec,
}).ready;

try {
  const dish = {
    name: 'soup',
    at: new Date('2026-01-01T12:00:00Z'),
    grams: new Map([['leek', 300]]),
    photo: Buffer.from([1, 2, 3]),
  };
  const { name, at, grams, photo } = await primary.request({ message: { type: 'double', dish } });
  console.log(`${name} for ${at.toISOString()}: ${grams.get('leek')} g of leek, a photo of ${photo.length} bytes`);

  // A worker that does not use the same codec says so at once, instead of understanding nothing.
  await primary.fork({ env: { CODEC: 'none' } });
} catch (error) {
  if (error instanceof WorkerBootError) console.log(String((error.cause as Error).message));
} finally {
  await primary.destroy();
}
