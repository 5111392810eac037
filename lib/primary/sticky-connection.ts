import type { Socket } from 'node:net';
import { InvalidOptionError } from '../errors/errors.js';
import { describeValue } from '../util/check.js';
import { headEnd } from './head-reader.js';
import type { StickyConnection, StickyOptions } from './sticky-options.js';

/** How Node writes an IPv4 address when the server listens on an IPv6 one. */
const mapped = '::ffff:';

/** What `by` is told of an accepted connection. */
class AcceptedConnection implements StickyConnection {
  readonly remoteAddress: string;
  readonly remotePort: number | undefined;
  readonly localPort: number | undefined;
  readonly head: string | undefined;

  constructor({ remoteAddress = '', remotePort, localPort }: Socket, received: string | undefined) {
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.localPort = localPort;
    const end = received?.indexOf(headEnd) ?? -1;
    this.head = end === -1 ? received : received?.slice(0, end + headEnd.length);
  }

  get url(): string | undefined {
    return /^[A-Z]+ (\S+) HTTP\//.exec(this.head ?? '')?.[1];
  }

  header(name: string): string | undefined {
    const wanted = name.toLowerCase();
    for (const line of this.head?.split('\r\n').slice(1) ?? []) {
      const colon = line.indexOf(':');
      if (colon === wanted.length && line.slice(0, colon).toLowerCase() === wanted) return line.slice(colon + 1).trim();
    }
    return undefined;
  }
}

/** How keys are found. */
export interface KeyRules {
  readonly by: NonNullable<StickyOptions['by']>;
  /** Told when `by` throws, or returns no string: the address counts then. */
  readonly failed: (error: unknown) => void;
}

/** What says which worker gets the connection: those with the same key belong together. */
export function keyOf(socket: Socket, received: string | undefined, { by, failed }: KeyRules): string {
  const { remoteAddress = '' } = socket;
  // The same client may come by an IPv4 listener now, and by an IPv6 one then.
  const address = remoteAddress.startsWith(mapped) ? remoteAddress.slice(mapped.length) : remoteAddress;
  if (by === 'ip') return address;

  try {
    const key: unknown = by(new AcceptedConnection(socket, received));
    if (typeof key === 'string') return key;

    if (key instanceof Promise) key.catch(() => {});
    failed(noString(key));
  } catch (error) {
    failed(error);
  }
  return address;
}

function noString(value: unknown): InvalidOptionError {
  const message = `Expected \`sticky.by\` to return a string, got ${describeValue(value)}`;
  return new InvalidOptionError(message, { option: 'sticky.by', value });
}
