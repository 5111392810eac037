/** The worker of `bench/start.ts` on this library's side. */
import { ClusterWorker } from '../../lib/index.js';

new ClusterWorker();
