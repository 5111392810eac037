import { Socket } from 'node:net';
import { ClusterWorker, type PrimaryMessageEvent, type WorkerHandlers } from 'phased-cluster';
import type { Door } from './door.js';

class Waiter extends ClusterWorker<Door> implements WorkerHandlers<Door> {
  _eventPrimaryMessage_guest({ data: { message, handle } }: PrimaryMessageEvent<Door, 'guest'>): void {
    if (handle instanceof Socket) handle.end(`Guest ${message.number}, my name is ${this.name}`);
  }
}

new Waiter();
