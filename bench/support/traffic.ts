import type { Protocol } from 'phased-cluster';

/** What is sent: with its type about 80 bytes of JSON, or more with a larger note. */
export interface Order {
  readonly number: number;
  readonly table: number;
  readonly dish: string;
  readonly note: string | Uint8Array;
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
  primaryRequest: {
    echo(order: Order): Order;
    /** What the worker has computed so far, in microseconds. */
    cpuTime(): number;
  };
}

/** How large the orders are. */
export interface Load {
  readonly note: string | Uint8Array;
  /** After so many sends the sender waits until the last of them was taken: a queue without a limit is no speed. */
  readonly burst: number;
}

/** Makes a message about 80 bytes. */
export const small: Load = { note: 'no salt', burst: 1000 };
/** Makes a message about 1 KiB. */
export const kibibyte: Load = { note: 'no salt, and the bread well done. '.repeat(28), burst: 1000 };
/** Makes a message 64 KiB. */
export const large: Load = { note: 'no salt, and the bread well done. '.repeat(1925), burst: 64 };
/** Makes a message 1 MiB, of bytes that JSON cannot carry. */
export const binary: Load = { note: new Uint8Array(1024 * 1024), burst: 8 };

/** A new message each time, as a program would make it. */
export function makeOrder<T extends string>(
  type: T,
  number: number,
  { note }: Load = small,
): Order & { readonly type: T } {
  return { type, number, table: 12, dish: 'onion soup', note };
}
