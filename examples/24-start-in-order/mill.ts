import { ClusterWorker } from 'phased-cluster';

class Mill extends ClusterWorker {
  _eventPeerRequest_mill({ data: { message } }: { data: { message: { sacks: number } } }): number {
    return message.sacks * 50;
  }

  _eventPeerRequest_takeBack({ data: { message } }: { data: { message: { flour: number } } }): number {
    return message.flour;
  }
}

new Mill();
