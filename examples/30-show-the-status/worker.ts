import { ClusterWorker } from 'phased-cluster';

class Waiter extends ClusterWorker {
  async _eventPrimaryRequest_wait(): Promise<void> {
    this.status = 'waiting';
    await this.send({ message: { type: 'begun' } });
    await this.once('primaryMessage');
  }

  _eventPrimaryMessage_goOn(): void {}
}

new Waiter();
