import type { Balance } from '../protocol/serving.js';

/** Where a server listens, and how it is let go: of `ClusterWorker.serve()`. */
export interface ServeOptions {
  /** 0 for any that is free: all workers of the cluster get the same. */
  readonly port?: number | undefined;
  /** @default all addresses of this machine, as Node does */
  readonly host?: string | undefined;
  /** A unix socket, or a named pipe, instead of a port. */
  readonly path?: string | undefined;
  /** How many connections the operating system lets wait. @default Node's: 511 */
  readonly backlog?: number | undefined;
  /** @default false */
  readonly ipv6Only?: boolean | undefined;
  /**
   * `'shared'`: all workers have the same socket, and `schedulingPolicy` of the primary says who accepts. `'reusePort'`: each
   * has its own (Node 23.1 and newer, and not on every operating system), which is fastest; but when one is closed, the
   * operating system resets what waits there. @default 'shared'
   */
  readonly balance?: Balance | undefined;
  /** Milliseconds for which a connection without a request is kept when the worker stops. @default 1_000 */
  readonly idleGrace?: number | undefined;
  /** Whether the address may be that of another group's server, so that both get its connections. @default false */
  readonly acrossGroups?: boolean | undefined;
}
