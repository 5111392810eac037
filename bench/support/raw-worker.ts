/** The worker of `RawPrimary`, in the most direct way. */
import { Counter } from './counter.js';
import { askInLanes, sendInBursts } from './pace.js';
import { ownCpuTime } from './throughput.js';
import { makeOrder, type Order } from './traffic.js';

/** What the primary tells it. */
export type RawCommand =
  | (Order & { readonly type: 'order' | 'echo' })
  | { readonly type: 'expect' | 'pour'; readonly times: number }
  | { readonly type: 'pourAcross'; readonly times: number }
  | { readonly type: 'askAcross'; readonly times: number; readonly inFlight: number }
  | (Order & { readonly type: 'passed' | 'asked' | 'answered' })
  | { readonly type: 'cpuTime' };

/** Requests to the other worker by id, which is the number of the order. */
const asked = new Map<number, () => void>();

const counter = new Counter();

function send(message: object, taken?: () => void): void {
  process.send?.(message, undefined, undefined, taken);
}

function ask(number: number): Promise<void> {
  return new Promise(resolve => {
    asked.set(number, resolve);
    send(makeOrder('asked', number));
  });
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
    case 'pourAcross':
      void sendInBursts(command.times, {
        send: number => send(makeOrder('passed', number)),
        sendAndWait: number => new Promise<void>(resolve => send(makeOrder('passed', number), resolve)),
      });
      break;
    case 'askAcross':
      void askInLanes(command.times, command.inFlight, ask).then(() => send({ type: 'received' }));
      break;
    case 'passed':
      counter.arrived();
      break;
    case 'asked':
      send({ ...command, type: 'answered' });
      break;
    case 'answered':
      asked.get(command.number)?.();
      asked.delete(command.number);
      break;
    case 'cpuTime':
      send({ type: 'cpuTime', time: ownCpuTime() });
      break;
    default:
      command satisfies never;
  }
});
send({ type: 'ready' });
