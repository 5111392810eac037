import { dropHandle } from '../channel/intake.js';
import { checkKnown, checkOption } from '../errors/check-option.js';
import { DestroyedError } from '../errors/errors.js';
import type { DrainReport, ListeningAddress } from '../protocol/serving.js';
import { waitOrAbort } from '../util/abortable.js';
import { number, record } from '../util/check.js';
import type { Clock } from '../util/clock.js';
import { Deadline } from '../util/deadline.js';
import { Deferred } from '../util/deferred.js';
import { whenAborted } from '../util/when-aborted.js';
import type { WorkerEvents } from './events.js';
import { endChecks, stopListening } from './listening.js';
import { type OpenedServer, openServer } from './open-server.js';
import type { RoutedServer } from './routed-server.js';
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
  /** Told when it listens no more, or never will, and no connection is left. */
  readonly ended: () => void;
}

/** Milliseconds for which a server that is let go waits until it listens, and then for connections on their way to it. */
const patience = 5_000;

const timeoutRule = number({ min: 0, orInfinity: true });

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
  readonly #deadline: Deadline;
  /** The worker's, when it leaves: when it is over, so is that of this server. */
  #leaving: Deadline | undefined;
  #isCut = false;
  #begunAt = 0;
  readonly #closed = () => void this.unbind();
  #resets = 0;

  /** @internal */
  constructor(parts: ServedServerParts) {
    const { server, clock, options } = parts;
    this.server = server;
    this.#parts = parts;
    this.#deadline = new Deadline(clock, { keepAlive: false });
    whenAborted(this.#deadline.signal, () => this.cut());
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
   * @throws {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`
   */
  async close(options: { readonly timeout?: number | undefined } = {}): Promise<DrainReport | undefined> {
    checkOption('options', options, record);
    const { timeout = Number.POSITIVE_INFINITY } = options;
    checkKnown(['timeout'], options, 'close()');
    checkOption('timeout', timeout, timeoutRule);
    void this.unbind();
    this.#deadline.within(timeout);
    return this.#emptied.promise;
  }

  /** Whether it is let go, or was. @internal */
  get isLeaving(): boolean {
    return this.#unbinding !== undefined;
  }

  /** Whether it listens no more, or never will, and no connection is left. @internal */
  get hasEnded(): boolean {
    return this.#emptied.settled;
  }

  /** Begins to listen; once. @internal */
  open(): void {
    if (this.#isOpening || this.#unbinding) return;

    this.#isOpening = true;
    const { server, options, listens } = this.#parts;
    const isOver = () => this.hasEnded;
    openServer({ server, options, listens, line: this.#line, isOver, closed: this.#closed }).then(
      opened => this.#opened(opened),
      error => this.#failed(error),
    );
  }

  /** Listens no more; resolves when no connection is on its way any longer. @internal */
  unbind(deadline?: Deadline): Promise<void> {
    if (deadline) {
      this.#leaving = deadline;
      whenAborted(deadline.signal, () => this.#deadline.pass());
      if (deadline.signal.aborted) this.#deadline.pass();
    }
    this.#unbinding ??= this.#unbind();
    return this.#unbinding;
  }

  /** Resolves when it was unbound and no connection is open. @internal */
  async empty(): Promise<void> {
    await this.#emptied.promise;
  }

  /** The time is over. @internal */
  cut(): void {
    if (!this.#address || this.#isCut || this.hasEnded) return;

    this.#isCut = true;
    this.#drain.cut();
  }

  async #unbind(): Promise<void> {
    // A worker that leaves while its `listen()` is pending may never exit, says Node.
    if (this.#isOpening) await this.#beforeLong(this.#listening.promise);
    const address = this.#address;
    if (!address) {
      this.#failed(new DestroyedError('This server was let go before it listened', { object: 'server' }));
      return;
    }
    this.#begunAt = this.#parts.clock.now();
    await this.#stopListening();
    this.#drain.begin();
    void this.#drain.empty().then(() => this.#finish(address));
  }

  /** Also a connection that the primary had accepted for this worker before it heard of the end gets its answer. */
  async #stopListening(): Promise<void> {
    if (this.#parts.options.balance === 'reusePort') this.#resets = await this.#parts.closeOwn(this.server);
    else stopListening(this.server);
    await this.#beforeLong(this.#line.ask({ act: 'close' }));
  }

  /** Waits for what comes soon, or never: then not for ever. */
  async #beforeLong(promise: Promise<unknown>): Promise<void> {
    const late = new Deadline(this.#parts.clock, { keepAlive: false });
    late.within(patience);
    const { signal } = this.#deadline;
    const forget = whenAborted(signal, () => late.pass());
    if (signal.aborted) late.pass();
    await waitOrAbort(promise, late.signal).catch(() => {});
    forget();
    late.pass();
  }

  #opened({ address, routed }: OpenedServer): void {
    if (this.hasEnded) {
      stopListening(this.server);
      return;
    }
    this.#address = address;
    this.#routed = routed;
    this.server.once('close', this.#closed);
    if (this.#routed || this.#parts.options.balance === 'reusePort') this.#line.tell({ act: 'listening', address });
    this.#listening.resolve(address);
    this.#parts.announce('serverListening', { server: this.server, address });
  }

  #failed(error: unknown): void {
    if (this.hasEnded) return;

    if (this.#isOpening) this.#line.tell({ act: 'failed' });
    if (this.#unbinding) this.#listening.markHandled();
    this.#listening.reject(error);
    this.#end(undefined);
  }

  #take({ connection, handle, head }: HandedOver): void {
    const accepted = this.#routed?.accepting ?? false;
    // Said first: a connection that ends this worker, by a listener that throws say, must not go on to end the others.
    this.#line.tell({ act: 'taken', connection, accepted });
    if (accepted) this.#routed?.accept(handle, head);
    else dropHandle(handle);
  }

  #handOver(socket: Parameters<ServerDrainParts['handOver']>[0], upgraded: boolean): void {
    const { clock, announce } = this.#parts;
    const { signal, left } = this.#deadline;
    const deadline = clock.date() + Math.min(left, this.#leaving?.left ?? left);
    announce('socketDrain', { socket, server: this.server, upgraded, deadline, signal });
  }

  #finish(address: ListeningAddress): void {
    const { clock, announce } = this.#parts;
    const report = { ...this.#drain.counts, resets: this.#resets, duration: clock.now() - this.#begunAt };
    this.#line.tell({ act: 'closed', address, report });
    this.#end(report);
    announce('serverClose', { server: this.server, address, report });
  }

  #end(report: DrainReport | undefined): void {
    this.server.off('close', this.#closed);
    this.#drain.release();
    endChecks(this.server);
    this.#line.end();
    this.#emptied.resolve(report);
    // Nobody has anything to wait for any more.
    this.#deadline.pass();
    this.#parts.ended();
  }

  /** A start that fails is told by the worker's `ready`. @internal */
  markHandled(): this {
    this.#listening.markHandled();
    return this;
  }
}
