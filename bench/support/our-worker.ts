import { ClusterWorker, type PrimaryMessageEvent, type PrimaryRequestEvent, type WorkerHandlers } from 'phased-cluster';
import { Counter } from './counter.js';
import { sendInBursts } from './pace.js';
import { ownCpuTime } from './throughput.js';
import { makeOrder, type Order, type Traffic } from './traffic.js';

/** The worker of {@link OurPrimary}. */
class OurWorker extends ClusterWorker<Traffic> implements WorkerHandlers<Traffic> {
  readonly #counter = new Counter();

  _eventPrimaryMessage_order(_event: PrimaryMessageEvent<Traffic, 'order'>): void {
    this.#counter.arrived();
  }

  _eventPrimaryMessage_expect({ data: { message } }: PrimaryMessageEvent<Traffic, 'expect'>): void {
    this.#counter.expect(message.times, () => void this.send({ message: { type: 'received' } }));
  }

  async _eventPrimaryMessage_pour({ data: { message } }: PrimaryMessageEvent<Traffic, 'pour'>): Promise<void> {
    const send = (number: number) => this.send({ message: makeOrder('order', number) });
    await sendInBursts(message.times, { send, sendAndWait: send });
  }

  _eventPrimaryRequest_echo({ data: { message } }: PrimaryRequestEvent<Traffic, 'echo'>): Order {
    return message;
  }

  _eventPrimaryRequest_cpuTime(): number {
    return ownCpuTime();
  }
}

new OurWorker();
