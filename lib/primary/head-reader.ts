import type { Socket } from 'node:net';
import type { Clock } from '../util/clock.js';
import { stopReading } from './native-handle.js';

/** Where the head of an HTTP request ends. */
export const headEnd = '\r\n\r\n';

/** A head that is longer is not read to its end. */
const mostBytes = 16 * 1024;

/** How long a client may take for its head. */
export interface HeadPatience {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * What the client sends until the head of its first request is complete, as latin1, and what came with that; then nothing
 * more is read from the socket, ever.
 *
 * Less than a head when the client says no more, or when 16 KiB hold none. `undefined` when the client left, or was too slow:
 * the socket is closed then.
 */
export function readHead(socket: Socket, { clock, timeout }: HeadPatience): Promise<string | undefined> {
  return new Promise(resolve => {
    let head = '';
    const finish = (outcome: string | undefined): void => {
      timer.cancel();
      socket.off('data', take).off('end', end).off('close', leave);
      resolve(outcome);
    };
    const end = () => finish(head + stopReading(socket));
    const leave = () => finish(undefined);
    const take = (chunk: Buffer): void => {
      // The end may have come in two parts.
      const from = Math.max(0, head.length - headEnd.length + 1);
      head += chunk.toString('latin1');
      if (head.length >= mostBytes || head.includes(headEnd, from)) end();
    };
    const timer = clock.after(timeout, () => socket.destroy(), { keepAlive: false });
    // Reading begins with `resume()`, since the server left the socket paused.
    socket.on('data', take).on('end', end).on('close', leave).resume();
  });
}
