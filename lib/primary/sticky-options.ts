import type { OptionDeclarations } from '../lifecycle/option-table.js';
import { boolean, callable, either, number, oneOf } from '../util/check.js';

/** A connection that the router has to find a worker for. */
export interface StickyConnection {
  /** The client's IP address; empty for a unix socket. */
  readonly remoteAddress: string;
  readonly remotePort: number | undefined;
  readonly localPort: number | undefined;
  /**
   * What the client has sent so far, up to the end of the first request's head if it is HTTP, as latin1; `undefined` unless
   * `readHead` is set.
   */
  readonly head: string | undefined;
  /** What the first request asks for, as in `/rooms?id=7`; `undefined` without a head, or if it is no HTTP. */
  readonly url: string | undefined;
  /** A header of that head, by its name in any case; `undefined` if there is none. */
  header(name: string): string | undefined;
}

/** How a connection finds the worker that its client had before. */
export interface StickyOptions {
  /**
   * `'ip'`: by the client's address. Or a function that returns a key: connections with the same key go to the same worker.
   * It is asked once for each connection, by the first request, whatever else comes over it.
   * One that throws, or returns no string, is told by `stickyError`, and the address counts instead. @default 'ip'
   */
  readonly by?: 'ip' | ((connection: StickyConnection) => string) | undefined;
  /** Whether the head of the first request is read before `by` is asked. Not for TLS. @default false */
  readonly readHead?: boolean | undefined;
  /** Milliseconds in which a client has to send that head; else it is closed. @default 10_000 */
  readonly headTimeout?: number | undefined;
}

export const stickyDeclarations: OptionDeclarations = {
  by: { default: 'ip', ...either(oneOf('ip'), callable) },
  readHead: { default: false, ...boolean },
  headTimeout: { default: 10_000, ...number({ above: 0 }) },
};
