import { DestroyedError, RemoteError, ReusePortError, ServeError } from '../errors/errors.js';
import { fromWireError } from '../errors/wire-error.js';
import type { ListeningAddress } from '../protocol/serving.js';
import { type BindOptions, bind, resolveHost, untilListening } from './listening.js';
import { RoutedServer, type RoutedServerParts } from './routed-server.js';
import type { ResolvedServeOptions } from './serve-options.js';
import type { ServerLine } from './server-desk.js';
import type { AnyServer } from './server-drain.js';

/** What is needed to let a server listen. */
export interface OpeningParts {
  readonly server: AnyServer;
  readonly options: ResolvedServeOptions;
  /** Whether it is this library that lets the server listen; else somebody does. */
  readonly listens: boolean;
  readonly line: ServerLine;
  /** Whether nobody waits for it any more. */
  readonly isOver: () => boolean;
  /** Told when somebody closes a server for which the primary listens: nobody else hears of that. */
  readonly closed: () => void;
}

/** A server that listens, or for which the primary does. */
export interface OpenedServer {
  readonly address: ListeningAddress;
  /** There if the primary listens in place of the server. */
  readonly routed?: RoutedServer;
}

/** How often another port is tried when somebody was faster. */
const mostTries = 3;

/** Lets a server listen as the primary says. @throws Node's error, or what the primary has against it */
export async function openServer(parts: OpeningParts): Promise<OpenedServer> {
  const { server, options, listens, line } = parts;
  if (!listens) return { address: await untilListening(server) };
  if (server.listening)
    throw new ServeError('The server listens already: leave out the options', { reason: 'listening' });

  const host = await resolveHost(options.host);
  for (let tries = 1; ; tries++) {
    try {
      return await openAs({ ...options, host }, parts);
    } catch (error) {
      // The port was found free, and then taken by somebody else.
      if (options.port !== 0 || !isInUse(error) || tries === mostTries) throw error;
      line.tell({ act: 'failed' });
    }
  }
}

async function openAs(
  options: ResolvedServeOptions,
  { server, line, isOver, closed }: OpeningParts,
): Promise<OpenedServer> {
  const { host, port, path, balance, acrossGroups, backlog, ipv6Only } = options;
  const spec = { host, port, path, balance, acrossGroups, backlog, ipv6Only };
  const answer = await line.ask({ act: 'listen', spec });
  if (isOver()) throw new DestroyedError('Nobody waits for this server any more', { object: 'server' });
  if (answer.act === 'refuse') throw refusalOf(answer.error);
  if (answer.act === 'route') return openRouted(server, { address: answer.address, closed });

  const bound = answer.act === 'bind' && answer.port !== undefined ? answer.port : port;
  const where = defined({ host, port: bound, path, backlog, ipv6Only });
  return { address: await (balance === 'reusePort' ? bindOwn(server, where) : bind(server, where)) };
}

async function openRouted(server: AnyServer, parts: Omit<RoutedServerParts, 'server'>): Promise<OpenedServer> {
  const routed = new RoutedServer({ server, ...parts });
  const listening = untilListening(server);
  routed.listen();
  await listening;
  return { address: parts.address, routed };
}

/** Node tells the primary nothing of a socket that it has no part in. */
async function bindOwn(server: AnyServer, where: BindOptions): Promise<ListeningAddress> {
  try {
    return await bind(server, { ...where, reusePort: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTSUP')) throw error;

    const { version: node, platform } = process;
    const message = `The operating system (${platform}) has no \`reusePort\``;
    throw new ReusePortError(message, { node, platform }, { cause: error });
  }
}

/** Node takes `undefined` for a value of some options. */
function defined(options: BindOptions): BindOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What the primary could not do is told as Node tells it here. */
function refusalOf(plain: object): unknown {
  const error = fromWireError(plain);
  if (!(error instanceof RemoteError)) return error;

  const { remoteCode: code, remoteStack } = error.details;
  return code === undefined ? error : Object.assign(new Error(error.message, { cause: error }), { code, remoteStack });
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
