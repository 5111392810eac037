import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What is answered on a path, as it is now. */
export interface HealthAnswer {
  /** 200 if it is, 503 if not. */
  readonly ok: boolean;
  /** Sent as JSON. */
  readonly body: object;
}

/** What a {@link HealthServer} is made of. */
export interface HealthServerParts {
  readonly port: number;
  readonly host?: string | undefined;
  /** By the path on which they are asked for. */
  readonly pages: ReadonlyMap<string, () => HealthAnswer>;
  /** How long a client may take for anything at all, in milliseconds. @default 5_000 */
  readonly patience?: number | undefined;
  /** Called once, when it is closed. */
  readonly closed?: (() => void) | undefined;
}

/** Probes need one or two; whoever opens more only closes those that it had. */
const mostConnections = 64;

/** A probe sends a few hundred bytes. */
const maxHeaderSize = 8_192;

/**
 * Answers probes of an orchestrator or a load balancer, until it is closed.
 *
 * It keeps no process alive, and clients cannot keep it from answering others: who is slow is cut off, and a new connection
 * that is one too many takes the place of the oldest.
 */
export class HealthServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #pages: HealthServerParts['pages'];
  /** Oldest first. */
  readonly #sockets = new Set<Socket>();
  readonly #closed: Promise<void>;
  #address: AddressInfo | undefined;

  private constructor(server: Server, pages: HealthServerParts['pages']) {
    this.#server = server;
    this.#pages = pages;
    this.#closed = new Promise(resolve => void server.once('close', resolve));
    server.on('connection', socket => this.#admit(socket));
    server.on('request', (request, response) => this.#answer(request, response));
    // Nobody is asked to go on with a body that nobody reads.
    server.on('checkContinue', (request, response) => this.#answer(request, response));
    // A connection that could not be accepted, for want of descriptors say, is one probe that got no answer.
    server.on('error', () => {});
  }

  /** Opens one; rejects with Node's error, such as EADDRINUSE, when it cannot listen. */
  static async open({ port, host, pages, patience = 5_000, closed }: HealthServerParts): Promise<HealthServer> {
    const { createServer } = process.getBuiltinModule('node:http');
    const { once } = process.getBuiltinModule('node:events');
    const times = { headersTimeout: patience, requestTimeout: patience, keepAliveTimeout: patience };
    const server = createServer({ ...times, connectionsCheckingInterval: patience / 5, maxHeaderSize });
    // For those that do not read what they are answered.
    server.timeout = patience;
    const health = new HealthServer(server, pages);
    // A primary that is a worker of something else has this port for itself, too.
    server.unref().listen({ port, host, exclusive: true });
    await once(server, 'listening');
    if (closed) server.once('close', closed);
    health.#address = server.address() as AddressInfo;
    return health;
  }

  /** Where it listens, or did: `address`, `family` and `port`. */
  get address(): AddressInfo {
    // Nobody gets one that does not listen.
    return this.#address as AddressInfo;
  }

  /** Resolves when the port is free, and every connection closed. */
  close(): Promise<void> {
    if (this.#server.listening) this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #admit(socket: Socket): void {
    socket.unref();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#sockets.size <= mostConnections) return;

    const [oldest] = this.#sockets;
    if (oldest) this.#sockets.delete(oldest);
    oldest?.destroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const page = this.#pages.get(pathOf(request));
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || hasBody(request)) response.setHeader('Connection', 'close');
    if (!page) {
      reply(response, 404, { reason: `Ask for ${[...this.#pages.keys()].join(' or ')}` });
    } else if (isRead) {
      const { ok, body } = page();
      reply(response, ok ? 200 : 503, body);
    } else {
      response.setHeader('Allow', 'GET, HEAD');
      reply(response, 405, { reason: 'Ask with GET or HEAD' });
    }
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

/** Without a query, and without the origin that a proxy may put before it. */
function pathOf({ url = '' }: IncomingMessage): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
