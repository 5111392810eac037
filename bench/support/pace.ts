import { type Load, small } from './traffic.js';

/** Sends the message of a number. */
export interface Sender {
  readonly send: (number: number) => unknown;
  /** Resolves when the message was taken, and so all before it. */
  readonly sendAndWait: (number: number) => Promise<unknown>;
}

/** Sends `times` times, in bursts. */
export async function sendInBursts(
  times: number,
  { send, sendAndWait }: Sender,
  { burst }: Load = small,
): Promise<void> {
  for (let sent = 0; sent < times; ) {
    const last = Math.min(sent + burst, times) - 1;
    while (sent < last) send(sent++);
    await sendAndWait(sent++);
  }
}

/** Asks `times` times in so many lanes: each asks again as soon as it is answered. */
export async function askInLanes(
  times: number,
  lanes: number,
  ask: (number: number) => Promise<unknown>,
): Promise<void> {
  let asked = 0;
  const lane = async () => {
    while (asked < times) await ask(asked++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
