import type { Protocol } from 'phased-cluster';

/** What is sent: with its type about 80 bytes of JSON, or more with a longer note. */
export interface Order {
  readonly number: number;
  readonly table: number;
  readonly dish: string;
  readonly note: string;
}

/** What the processes of `bench/messages.ts` say to each other, on either side. */
export interface Traffic extends Protocol {
  primaryMessage: {
    order: Order;
    /** The worker tells when it has received so many orders from now on. */
    expect: { readonly times: number };
    /** The worker sends so many orders. */
    pour: { readonly times: number };
  };
  workerMessage: { order: Order; received: object };
  primaryRequest: { echo(order: Order): Order };
}

const shortNote = 'no salt';
/** Makes a message about 1 KiB. */
export const longNote = 'no salt, and the bread well done. '.repeat(28);

/** A new message each time, as a program would make it. */
export function makeOrder<T extends string>(type: T, number: number, note = shortNote): Order & { readonly type: T } {
  return { type, number, table: 12, dish: 'onion soup', note };
}
