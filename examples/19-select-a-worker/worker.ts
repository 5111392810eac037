import { type AnyProtocol, ClusterWorker, type PrimaryRequestEvent } from 'phased-cluster';

class Cook extends ClusterWorker {
  async _eventPrimaryRequest_simmer({
    data: { message },
  }: PrimaryRequestEvent<AnyProtocol, 'simmer'>): Promise<string> {
    await new Promise(resolve => setTimeout(resolve, message.time));
    return this.name;
  }
}

new Cook();
