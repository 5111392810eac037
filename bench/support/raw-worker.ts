/** The worker of `RawPrimary`, in the most direct way. */
import { Counter } from './counter.js';
import { sendInBursts } from './pace.js';
import { ownCpuTime } from './throughput.js';
import { makeOrder, type Order } from './traffic.js';

/** What the primary tells it. */
export type RawCommand =
  | (Order & { readonly type: 'order' | 'echo' })
  | { readonly type: 'expect' | 'pour'; readonly times: number }
  | { readonly type: 'cpuTime' };

const counter = new Counter();

function send(message: object, taken?: () => void): void {
  process.send?.(message, undefined, undefined, taken);
}

process.on('message', (command: RawCommand) => {
  switch (command.type) {
    case 'order':
      counter.arrived();
      break;
    case 'echo':
      send(command);
      break;
    case 'expect':
      counter.expect(command.times, () => send({ type: 'received' }));
      break;
    case 'pour':
      void sendInBursts(command.times, {
        send: number => send(makeOrder('order', number)),
        sendAndWait: number => new Promise<void>(resolve => send(makeOrder('order', number), resolve)),
      });
      break;
    case 'cpuTime':
      send({ type: 'cpuTime', time: ownCpuTime() });
      break;
    default:
      command satisfies never;
  }
});
send({ type: 'ready' });
