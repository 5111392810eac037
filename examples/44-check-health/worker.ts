import { ClusterWorker } from 'phased-cluster';

new ClusterWorker();
