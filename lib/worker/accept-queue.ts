import type { AnyServer } from './server-drain.js';

/** What Node has of a server that listens; it says so nowhere, and a Node that changes it makes tests fail. */
interface ListeningHandle {
  /** The descriptor; -1 on Windows, and not there when the primary accepts for this worker. */
  readonly fd?: number | undefined;
  listen?(backlog: number): number;
}

/** How much of a table is read at once, in bytes: few rows, as the kernel writes only those that are asked for. */
const chunkSize = 1_024;
/** What a table of sockets says of one that listens. */
const listens = '0A';

/**
 * The connections that the operating system has accepted for a server, and the server not yet.
 *
 * Linux tells, in `/proc`. All who listen come first in its tables: the rest, which may take it a tenth of a second, is not
 * read.
 */
export class AcceptQueue {
  readonly #fs = process.getBuiltinModule('node:fs');
  readonly #buffer = Buffer.allocUnsafe(chunkSize);
  readonly #handle: ListeningHandle;
  readonly #inode: string;
  readonly #table: number;

  private constructor(handle: ListeningHandle, { path, inode }: { readonly path: string; readonly inode: string }) {
    this.#handle = handle;
    this.#inode = inode;
    this.#table = this.#fs.openSync(path, 'r');
  }

  /** The queue of a server that listens on a TCP port by itself; `undefined` where nobody tells. */
  static of(server: AnyServer): AcceptQueue | undefined {
    const handle = handleOf(server);
    const address = server.address();
    if (handle === undefined || address === null || typeof address === 'string') return undefined;

    const path = address.family === 'IPv6' ? '/proc/self/net/tcp6' : '/proc/self/net/tcp';
    return orUndefined(() => {
      const { readlinkSync } = process.getBuiltinModule('node:fs');
      const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${handle.fd}`)) ?? [];
      return new AcceptQueue(handle, { path, inode });
    });
  }

  /** How many wait; `undefined` when the socket is closed. */
  get size(): number | undefined {
    return orUndefined(() => this.#look());
  }

  /** From now on the operating system lets one connection wait: a client that finds no place tries again after a second. */
  admitFew(): void {
    this.#handle.listen?.(0);
  }

  /** Lets go of the table. */
  close(): void {
    this.#fs.closeSync(this.#table);
  }

  #look(): number | undefined {
    let [position, rest] = [0, ''];
    for (;;) {
      const length = this.#fs.readSync(this.#table, this.#buffer, 0, chunkSize, position);
      if (length === 0) return undefined;

      position += length;
      const rows = (rest + this.#buffer.toString('latin1', 0, length)).split('\n');
      rest = rows.pop() ?? '';
      for (const row of rows) {
        const [number, , , state, queues, , , , , inode] = row.trimStart().split(/\s+/, 10);
        if (inode === this.#inode) return Number.parseInt(queues?.split(':')[1] ?? '', 16);
        if (state !== listens && number !== 'sl') return undefined;
      }
    }
  }
}

/** How many connections wait to be accepted by a server of this process; `undefined` where nobody tells. */
export function waitingConnections(server: AnyServer): number | undefined {
  const queue = AcceptQueue.of(server);
  const size = queue?.size;
  queue?.close();
  return size;
}

/** Whether the operating system gives what waits for a socket to others of the same port when the socket is closed. */
export function migratesRequests(): boolean {
  return orUndefined(() => read('/proc/sys/net/ipv4/tcp_migrate_req').trim()) === '1';
}

/** How many connections this network's TCP has reset so far, of all processes; `undefined` where nobody tells. */
export function sentResets(): number | undefined {
  return orUndefined(() => {
    const [names = [], figures = []] =
      read('/proc/self/net/snmp')
        .match(/^Tcp: .*$/gm)
        ?.map(line => line.split(' ')) ?? [];
    const figure = figures[names.indexOf('OutRsts')];
    return figure === undefined ? undefined : Number(figure);
  });
}

function handleOf(server: AnyServer): ListeningHandle | undefined {
  const { _handle: handle } = server as AnyServer & { readonly _handle?: ListeningHandle | null };
  return handle?.fd === undefined || handle.fd < 0 ? undefined : handle;
}

function read(path: string): string {
  return process.getBuiltinModule('node:fs').readFileSync(path, 'latin1');
}

/** Operating systems differ in what they tell: what they do not is no fault. */
function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
