import { ClusterWorker } from 'phased-cluster';

class Greeter extends ClusterWorker {
  protected override _initialize(): void {
    console.log('Hello from a worker');
  }
}

new Greeter();
