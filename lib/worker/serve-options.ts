import { ReusePortError, ServeError } from '../errors/errors.js';
import { type OptionDeclarations, resolveOptions } from '../lifecycle/option-table.js';
import { longestHost } from '../protocol/serve-guard.js';
import type { Balance } from '../protocol/serving.js';
import { boolean, integer, nonEmptyString, number, oneOf, type Rule } from '../util/check.js';
import { knowsReusePort } from './listening.js';

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

/** {@link ServeOptions} after every check, with every default. */
export interface ResolvedServeOptions extends ServeOptions {
  readonly balance: Balance;
  readonly idleGrace: number;
  readonly acrossGroups: boolean;
}

const shortText: Rule = {
  expected: `${nonEmptyString.expected} of at most ${longestHost} characters`,
  accepts: value => nonEmptyString.accepts(value) && (value as string).length <= longestHost,
};

const declarations: OptionDeclarations = {
  port: integer({ min: 0, max: 65_535 }),
  host: shortText,
  path: shortText,
  backlog: integer({ min: 0 }),
  ipv6Only: boolean,
  balance: { default: 'shared', ...oneOf('shared', 'reusePort') },
  idleGrace: { default: 1_000, ...number({ min: 0 }) },
  acrossGroups: { default: false, ...boolean },
};

/** What makes no difference between ways to listen. */
const drainOptions: ReadonlySet<string> = new Set(['idleGrace']);

/**
 * Checks the options of `serve()`.
 *
 * @returns also whether they say where to listen; else somebody else lets the server listen.
 * @throws {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`,
 * {@link ServeError} `CLUSTER_SERVE`, {@link ReusePortError} `CLUSTER_REUSE_PORT`
 */
export function resolveServeOptions(given: ServeOptions): ResolvedServeOptions & { readonly listens: boolean } {
  const options = resolveOptions(given, declarations, 'serve()') as object as ResolvedServeOptions;
  // Also a port that is `undefined`, such as that of an environment which lacks it: it would be waited for in vain.
  const said = Object.keys(given).filter(name => !drainOptions.has(name));
  const { port, path, host, balance } = options;
  if (path !== undefined && (port !== undefined || host !== undefined)) {
    throw new ServeError('A server listens on a `path` or on a `port`: give one', { reason: 'path and port' });
  }
  if (said.length > 0 && path === undefined && port === undefined) {
    throw new ServeError('serve() needs to know where to listen: give a `port` or a `path`', { reason: 'no address' });
  }
  if (path !== undefined && balance === 'reusePort') {
    throw new ServeError('A unix socket has no port that others could reuse', { reason: 'path and reusePort' });
  }
  if (balance === 'reusePort') assertReusePort();
  return { ...options, listens: said.length > 0 };
}

function assertReusePort(): void {
  const { version: node, platform } = process;
  if (knowsReusePort(node)) return;

  throw new ReusePortError(`Node ${node} has no \`reusePort\`: it needs 23.1 or newer`, { node, platform });
}
