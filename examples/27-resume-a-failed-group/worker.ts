import { ClusterWorker } from 'phased-cluster';

class Teller extends ClusterWorker {
  protected override async _initialize(): Promise<void> {
    await this.request({ message: { type: 'key' } });
  }

  _eventPrimaryRequest_balance(): string {
    return 'balance: 42';
  }
}

new Teller();
