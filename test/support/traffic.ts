import type { SendHandle } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import type { Seeded } from './seeded.js';
import { socketPair, textOf } from './sockets.js';

/** A message or a request that is to be sent, as its sender and its receiver know it. */
export interface Item {
  readonly number: number;
  readonly way: 'send' | 'request';
  /** How many characters it carries, most of them of one byte. */
  readonly size: number;
  readonly handle: 'none' | 'Server' | 'Socket';
  /** What the sender waits for before it goes on with the next. */
  readonly pause: 'none' | 'immediate' | 'settled';
  /** Milliseconds that the answer takes, and how many characters it carries. */
  readonly delay: number;
  readonly answerSize: number;
}

/** Whoever can send and ask. */
export interface Talker {
  send(order: { message: object; handle?: SendHandle | undefined }): Promise<unknown>;
  request(order: { message: object; handle?: SendHandle | undefined }): Promise<unknown>;
}

/** A message or a request, as its event tells of it. */
export interface Arrival {
  readonly message: object;
  readonly handle?: SendHandle | undefined;
}

const mostCharacters = 200 * 1024;

/** So many things to send, of all sizes from 10 B to 200 KiB. */
export function planTraffic(random: Seeded, count: number): Item[] {
  return Array.from({ length: count }, (_, number) => ({
    number,
    way: random.pick(['send', 'send', 'request']),
    size: random.size(10, mostCharacters),
    handle: random.chance(0.02) ? random.pick(['Server', 'Socket']) : 'none',
    pause: random.pick(['none', 'none', 'none', 'none', 'none', 'none', 'immediate', 'settled']),
    delay: random.pick([0, 0, 0, random.integer(1, 5)]),
    answerSize: random.pick([0, 10, random.size(10, mostCharacters)]),
  }));
}

/** Sends all of it in order; resolves when everything is sent, answered rightly, and every socket was answered by its receiver. */
export async function carryOut(plan: readonly Item[], talker: Talker): Promise<void> {
  const luggage = new Map<number, Luggage>();
  for (const { number, handle } of plan) if (handle !== 'none') luggage.set(number, await pack(handle, number));

  const settled: Promise<unknown>[] = [];
  for (const item of plan) {
    const done = hand(item, talker, luggage.get(item.number));
    done.catch(() => {});
    settled.push(done);
    if (item.pause === 'settled') await done;
    if (item.pause === 'immediate') await new Promise(resolve => setImmediate(resolve));
  }
  await Promise.all(settled);
}

async function hand(item: Item, talker: Talker, luggage: Luggage | undefined): Promise<void> {
  const order = { message: { type: 'item', item, text: textFor(item.number, item.size) }, handle: luggage?.handle };
  if (item.way === 'send') {
    await talker.send(order);
  } else if ((await talker.request(order)) !== textFor(-item.number, item.answerSize)) {
    throw new Error(`Request ${item.number} got the answer to something else`);
  }
  await luggage?.settle();
}

/** What has come, in order, each as a line that can be compared with the plan. */
export class Ledger {
  readonly lines: string[] = [];

  /** Takes something in; what a request is to be answered with, after `delay` milliseconds. */
  take(way: Item['way'], { message, handle }: Arrival): { answer: string; delay: number } {
    const { item, text } = message as { readonly item: Item; readonly text: string };
    const whole = text === textFor(item.number, text.length);
    const kind = handle === undefined ? 'none' : handle.constructor.name;
    this.lines.push(line({ ...item, way, size: whole ? text.length : Number.NaN }, kind));
    unpack(item.number, handle);
    return { answer: textFor(-item.number, item.answerSize), delay: item.delay };
  }

  /** The same for a request, whose answer it is. */
  async answer(arrival: Arrival): Promise<string> {
    const { answer, delay } = this.take('request', arrival);
    if (delay > 0) await new Promise(resolve => setTimeout(resolve, delay));
    return answer;
  }
}

/** How the ledger of the receiver must look. */
export function linesOf(plan: readonly Item[]): string[] {
  return plan.map(item => line(item, item.handle));
}

function line({ number, way, size }: Item, handle: string): string {
  return `${number} ${way} ${size} ${handle}`;
}

/** A handle on its way, and what its sender still has to do about it once it was sent. */
interface Luggage {
  readonly handle: Socket | Server;
  settle(): Promise<void>;
}

async function pack(kind: 'Server' | 'Socket', number: number): Promise<Luggage> {
  return kind === 'Socket' ? packSocket(number) : packServer();
}

async function packSocket(number: number): Promise<Luggage> {
  const [handle, client] = await socketPair();
  const heard = textOf(client);
  return {
    handle,
    settle: async () => {
      const text = await heard;
      if (text !== `socket ${number}`) throw new Error(`Socket ${number} said ${JSON.stringify(text)}`);
    },
  };
}

async function packServer(): Promise<Luggage> {
  const handle = createServer();
  // In a worker a listening port would belong to the primary, unless it is exclusive.
  await new Promise<void>(resolve => handle.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve));
  return { handle, settle: () => new Promise(resolve => handle.close(() => resolve())) };
}

function unpack(number: number, handle: SendHandle | undefined): void {
  if (handle === undefined) return;
  if ('end' in handle) handle.end(`socket ${number}`);
  else handle.close();
}

/** A text that only this number has, of this length; some characters take three bytes. */
function textFor(number: number, length: number): string {
  const unit = `${number}·"€\\`;
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
