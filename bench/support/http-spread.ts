import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { host } from './http-modes.js';
import { workerHeader } from './http-server.js';

/** How many connections the least and the most loaded worker has. */
export interface Spread {
  readonly least: number;
  readonly most: number;
}

/** Which workers got so many connections that are open at the same time. */
export interface SpreadOptions {
  readonly port: number;
  readonly connections: number;
  readonly workerCount: number;
  /** All connect at the same moment; else each when the one before has got its answer. */
  readonly atOnce: boolean;
}

/** Opens connections, asks once on each, and counts who answered; then closes them. */
export async function spread({ port, connections, workerCount, atOnce }: SpreadOptions): Promise<Spread> {
  const sockets: Socket[] = [];
  const workers: string[] = [];
  const open = async () => {
    const socket = connect(port, host);
    sockets.push(socket);
    workers.push(await ask(socket));
  };
  if (atOnce) await Promise.all(Array.from({ length: connections }, open));
  else for (let opened = 0; opened < connections; opened++) await open();
  const gone = sockets.map(socket => once(socket, 'close'));
  for (const socket of sockets) socket.destroy();
  await Promise.all(gone);
  return count(workers, workerCount);
}

/** Who answers. */
async function ask(socket: Socket): Promise<string> {
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  let text = '';
  for (;;) {
    const [chunk] = await once(socket, 'data');
    text += chunk;
    const [, worker] = new RegExp(`^${workerHeader}: (\\d+)\r`, 'im').exec(text) ?? [];
    if (worker !== undefined && text.includes('\r\n\r\n')) return worker;
  }
}

function count(workers: readonly string[], workerCount: number): Spread {
  const counts = new Map<string, number>();
  for (const worker of workers) counts.set(worker, (counts.get(worker) ?? 0) + 1);
  const all = [...counts.values()];
  return { least: counts.size < workerCount ? 0 : Math.min(...all), most: Math.max(...all) };
}
