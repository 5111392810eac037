/** The worker of `bench/start.ts` on this library's side. */
import { ClusterWorker } from 'phased-cluster/worker';

new ClusterWorker();
