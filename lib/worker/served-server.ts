import { dropHandle } from '../channel/intake.js';
import { DestroyedError, RemoteError, ReusePortError, ServeError } from '../errors/errors.js';
import { fromWireError } from '../errors/wire-error.js';
import type { DrainReport, ListeningAddress } from '../protocol/serving.js';
import { waitOrAbort } from '../util/abortable.js';
import type { Clock } from '../util/clock.js';
import { Deadline } from '../util/deadline.js';
import { Deferred } from '../util/deferred.js';
import type { WorkerEvents } from './events.js';
import { type BindOptions, bind, resolveHost, stopListening, untilListening } from './listening.js';
import { RoutedServer } from './routed-server.js';
import type { ResolvedServeOptions } from './serve-options.js';
import type { HandedOver, ServerLine } from './server-desk.js';
import type { AnyServer, ServerDrain, ServerDrainParts } from './server-drain.js';

/** What a {@link ServedServer} is made with. @internal */
export interface ServedServerParts {
  readonly server: AnyServer;
  readonly options: ResolvedServeOptions;
  /** Whether it is this library that lets the server listen. */
  readonly listens: boolean;
  readonly clock: Clock;
  readonly line: (taker: (connection: HandedOver) => void) => ServerLine;
  readonly drain: (parts: ServerDrainParts) => ServerDrain;
  /** Lets a socket of this process's own be closed; resolves with how many connections were lost by that. */
  readonly closeOwn: (server: AnyServer) => Promise<number>;
  readonly announce: <Name extends 'serverListening' | 'socketDrain' | 'serverClose'>(
    name: Name,
    data: WorkerEvents[Name],
  ) => void;
}

/** Milliseconds after which nobody waits for connections any more that may be on their way from the primary. */
const barrierTimeout = 5_000;

/** How often another port is tried when somebody was faster. */
const mostTries = 3;

/** A server that a worker serves: where it listens, and how it comes to its end. */
export class ServedServer {
  readonly server: AnyServer;
  readonly #parts: ServedServerParts;
  readonly #line: ServerLine;
  readonly #drain: ServerDrain;
  readonly #listening = new Deferred<ListeningAddress>();
  readonly #emptied = new Deferred<DrainReport | undefined>();
  #address: ListeningAddress | undefined;
  #isOpening = false;
  /** There if the primary listens in place of the server. */
  #routed: RoutedServer | undefined;
  #unbinding: Promise<void> | undefined;
  #deadline: Deadline;
  #begunAt = 0;
  #resets = 0;

  /** @internal */
  constructor(parts: ServedServerParts) {
    const { server, clock, options } = parts;
    this.server = server;
    this.#parts = parts;
    this.#deadline = new Deadline(clock, { keepAlive: false });
    this.#line = parts.line(connection => this.#take(connection));
    this.#drain = parts.drain({
      ...{ server, clock, idleGrace: options.idleGrace },
      handOver: (socket, upgraded) => this.#handOver(socket, upgraded),
    });
  }

  /** Where it listens; `undefined` before. */
  get address(): ListeningAddress | undefined {
    return this.#address;
  }

  /** Resolves when it listens. Rejects with what Node says, such as EADDRINUSE or EACCES, or {@link AddressTakenError}. */
  get listening(): Promise<ListeningAddress> {
    return this.#listening.promise;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#drain.size;
  }

  /**
   * Lets it go while the worker goes on: as when the worker stops.
   *
   * @param options `timeout`: milliseconds until what is left is cut. @default Infinity
   * @returns what became of its connections, when none is left; `undefined` if it never listened.
   */
  async close({
    timeout = Number.POSITIVE_INFINITY,
  }: {
    readonly timeout?: number;
  } = {}): Promise<DrainReport | undefined> {
    const deadline = new Deadline(this.#parts.clock, { keepAlive: false });
    deadline.within(timeout);
    const unbound = this.unbind(deadline);
    await waitOrAbort(
      unbound.then(() => this.#emptied.promise),
      deadline.signal,
    ).catch(() => this.cut());
    return this.#emptied.promise;
  }

  /** Begins to listen; once. @internal */
  open(): void {
    if (this.#isOpening || this.#unbinding) return;

    this.#isOpening = true;
    this.#listen().then(
      address => this.#opened(address),
      error => this.#failed(error),
    );
  }

  /** Listens no more; resolves when no connection is on its way any longer. @internal */
  unbind(deadline: Deadline): Promise<void> {
    this.#unbinding ??= this.#unbind(deadline);
    return this.#unbinding;
  }

  /** Resolves when it was unbound and no connection is open. @internal */
  async empty(): Promise<void> {
    await this.#emptied.promise;
  }

  /** The time is over. @internal */
  cut(): void {
    if (this.#address) this.#drain.cut();
  }

  async #unbind(deadline: Deadline): Promise<void> {
    this.#deadline = deadline;
    if (!this.#isOpening)
      this.#failed(new DestroyedError('The worker stopped before this server listened', { object: 'server' }));
    // A worker that leaves while its `listen()` is pending may never exit, says Node.
    await this.#listening.promise.catch(() => {});
    if (!this.#address) return;

    this.#begunAt = this.#parts.clock.now();
    await this.#stopListening();
    this.#drain.begin();
    void this.#drain.empty().then(() => this.#finish(this.#address as ListeningAddress));
  }

  /** Also a connection that the primary had accepted for this worker before it heard of the end gets its answer. */
  async #stopListening(): Promise<void> {
    if (this.#parts.options.balance === 'reusePort') this.#resets = await this.#parts.closeOwn(this.server);
    else stopListening(this.server);
    const late = new Deadline(this.#parts.clock, { keepAlive: false });
    late.within(Math.min(barrierTimeout, this.#deadline.left));
    await waitOrAbort(this.#line.ask({ act: 'close' }), late.signal).catch(() => {});
    late.pass();
  }

  async #listen(): Promise<ListeningAddress> {
    const { server, options, listens } = this.#parts;
    if (!listens) return untilListening(server);
    if (server.listening)
      throw new ServeError('The server listens already: leave out the options', { reason: 'listening' });

    const host = await resolveHost(options.host);
    for (let tries = 1; ; tries++) {
      try {
        return await this.#listenAs({ ...options, host });
      } catch (error) {
        // The port was found free, and then taken by somebody else.
        if (options.port !== 0 || !isInUse(error) || tries === mostTries) throw error;
        this.#line.tell({ act: 'failed' });
      }
    }
  }

  async #listenAs(options: ResolvedServeOptions): Promise<ListeningAddress> {
    const { host, port, path, balance, acrossGroups, backlog, ipv6Only } = options;
    const spec = { host, port, path, balance, acrossGroups, backlog, ipv6Only };
    const answer = await this.#line.ask({ act: 'listen', spec });
    if (answer.act === 'refuse') throw refusalOf(answer.error);
    if (answer.act === 'route') {
      return this.#listenRouted(answer.address);
    }
    const bound = answer.act === 'bind' && answer.port !== undefined ? answer.port : port;
    const where = defined({ host, port: bound, path, backlog, ipv6Only });
    return balance === 'reusePort' ? this.#bindOwn(where) : bind(this.server, where);
  }

  async #listenRouted(address: ListeningAddress): Promise<ListeningAddress> {
    const { server } = this.#parts;
    this.#routed = new RoutedServer({ server, address });
    const listening = untilListening(server);
    this.#routed.listen();
    await listening;
    return address;
  }

  /** Node tells the primary nothing of a socket that it has no part in. */
  async #bindOwn(where: BindOptions): Promise<ListeningAddress> {
    try {
      return await bind(this.server, { ...where, reusePort: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOTSUP')) throw error;

      const { version: node, platform } = process;
      const message = `The operating system (${platform}) has no \`reusePort\``;
      throw new ReusePortError(message, { node, platform }, { cause: error });
    }
  }

  #opened(address: ListeningAddress): void {
    this.#address = address;
    if (this.#routed || this.#parts.options.balance === 'reusePort') this.#line.tell({ act: 'listening', address });
    this.#listening.resolve(address);
    this.#parts.announce('serverListening', { server: this.server, address });
  }

  #failed(error: unknown): void {
    if (this.#isOpening) this.#line.tell({ act: 'failed' });
    else this.#listening.markHandled();
    this.#drain.release();
    this.#listening.reject(error);
    this.#emptied.resolve(undefined);
  }

  #take({ connection, handle, head }: HandedOver): void {
    const accepted = this.#routed?.accept(handle, head) ?? false;
    if (!this.#routed) dropHandle(handle);
    this.#line.tell({ act: 'taken', connection, accepted });
  }

  #handOver(socket: Parameters<ServerDrainParts['handOver']>[0], upgraded: boolean): void {
    const { clock, announce } = this.#parts;
    const { signal, left } = this.#deadline;
    const deadline = clock.date() + left;
    announce('socketDrain', { socket, server: this.server, upgraded, deadline, signal });
  }

  #finish(address: ListeningAddress): void {
    const { clock, announce } = this.#parts;
    const report = { ...this.#drain.counts, resets: this.#resets, duration: clock.now() - this.#begunAt };
    this.#drain.release();
    this.#line.tell({ act: 'closed', address, report });
    this.#emptied.resolve(report);
    announce('serverClose', { server: this.server, address, report });
  }

  /** A start that fails is told by the worker's `ready`. @internal */
  markHandled(): this {
    this.#listening.markHandled();
    return this;
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
