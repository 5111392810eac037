import { ClusterPrimary, MessageValidationError } from 'phased-cluster';
import { type Kitchen, schemas } from './kitchen.js';

const primary = await new ClusterPrimary<Kitchen>({
  workerScript: new URL('./worker.js', import.meta.url),
  workerCount: 1,
  schemas,
}).ready;

async function order(dish: string, portions: number): Promise<void> {
  try {
    const { grams } = await primary.request({ message: { type: 'cook', dish, portions } });
    console.log(`${dish.trim()}: ${grams} g`);
  } catch (error) {
    if (!(error instanceof MessageValidationError)) throw error;
    for (const { path, message } of error.details.issues) console.log(`refused, ${path.join('.')}: ${message}`);
  }
}

try {
  await order('  soup ', 2);
  // The worker refuses these orders …
  await order('soup', 1.5);
  await order('', 200);
  // … and the primary this answer.
  await order('air', 1);
} finally {
  await primary.destroy();
}
