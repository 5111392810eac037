import { ClusterWorker } from 'phased-cluster';

class Cook extends ClusterWorker {
  async _eventPrimaryRequest_cook({ data: { message } }) {
    const { left } = await this.request({ message: { type: 'pantry', name: 'salt' } });
    return `${message.dish} with ${left} grains of salt`;
  }
}

new Cook();
