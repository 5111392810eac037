import {
  ClusterWorker,
  type PeerMessageEvent,
  type PeerRequestEvent,
  type PrimaryMessageEvent,
  type WorkerHandlers,
} from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class Cook extends ClusterWorker<Kitchen> implements WorkerHandlers<Kitchen> {
  async _eventPrimaryMessage_order({ data: { message } }: PrimaryMessageEvent<Kitchen, 'order'>): Promise<void> {
    const { dish } = message;
    // By its name; an id, a group and 'others' would do as well.
    const { verdict } = await this.request({ message: { type: 'taste', dish }, to: 'bert' });
    if (verdict === 'good') await this.send({ message: { type: 'pass', dish }, to: 'others' });
    else await this.send({ message: { type: 'served', text: `${this.name} throws the ${dish} away` } });
  }

  _eventPeerRequest_taste({ data: { message } }: PeerRequestEvent<Kitchen, 'taste'>): { verdict: string } {
    return { verdict: message.dish === 'fugu' ? 'rather not' : 'good' };
  }

  // Who sent it says the primary: nobody can pretend to be somebody else.
  async _eventPeerMessage_pass({ data: { message, from } }: PeerMessageEvent<Kitchen, 'pass'>): Promise<void> {
    await this.send({ message: { type: 'served', text: `${this.name} serves the ${message.dish} of ${from.name}` } });
  }
}

new Cook();
