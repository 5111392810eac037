import { ClusterWorker } from 'phased-cluster';

class Device extends ClusterWorker {
  _eventPrimaryRequest_whereAreYou(): string {
    return `${this.name} is in ${process.env.ROOM}`;
  }
}

new Device();
