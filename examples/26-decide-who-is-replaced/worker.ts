import { ClusterWorker } from 'phased-cluster';

class Guest extends ClusterWorker {
  async _eventPrimaryMessage_leave({ data: { message } }: { data: { message: { code: number } } }): Promise<void> {
    await this.exit(message.code);
  }
}

new Guest();
