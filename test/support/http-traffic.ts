import { Agent } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type Kind, RequestFailure, TrafficLog } from './http-traffic-log.js';
import { anyKind, orderFor } from './http-traffic-orders.js';
import { askInPairs } from './http-traffic-pair.js';
import { ask } from './http-traffic-request.js';
import { Seeded } from './seeded.js';

/** Who asks, and where. */
export interface TrafficOptions {
  readonly port: number;
  /** Clients that keep one connection as long as the server lets them. @default 50 */
  readonly keepAlive?: number | undefined;
  /** Clients that make a new connection for every request. @default 50 */
  readonly fresh?: number | undefined;
  /** Milliseconds after which a request counts as hung. @default 10_000 */
  readonly timeout?: number | undefined;
  /** Milliseconds that a client waits at most after an answer, at random. @default 0: only now and then, and not long */
  readonly pause?: number | undefined;
  /** Whether a client whose request failed goes home. @default false */
  readonly untilFailure?: boolean | undefined;
}

/** What a client asks for, and how. */
interface Manner {
  readonly kind: Kind;
  readonly keepAlive: boolean;
}

type Settings = { readonly [K in 'port' | 'timeout' | 'pause' | 'untilFailure']-?: NonNullable<TrafficOptions[K]> };

/**
 * HTTP clients, each of which asks for something as soon as its last request was answered, now and then after a pause.
 * Nothing is tried twice.
 */
export class HttpTraffic implements AsyncDisposable {
  readonly log = new TrafficLog();
  readonly #options: Settings;
  readonly #clients: readonly Promise<void>[];
  readonly #waiting = new Set<() => void>();
  #isOver = false;
  #ids = 0;

  constructor(options: TrafficOptions, random = new Seeded()) {
    const { port, keepAlive = 50, fresh = 50, timeout = 10_000, pause = 0, untilFailure = false } = options;
    this.#options = { port, timeout, pause, untilFailure };
    this.#clients = Array.from({ length: keepAlive + fresh }, (_, number) =>
      this.#client(number < keepAlive, random.branch()),
    );
  }

  /** Resolves when so many more requests have come to an end, well or not; or when all clients went home. */
  async more(count: number): Promise<void> {
    const goal = this.log.count + count;
    let isEverybodyHome = false;
    const home = Promise.all(this.#clients).then(() => {
      isEverybodyHome = true;
      for (const look of this.#waiting) look();
    });
    home.catch(() => {});
    await new Promise<void>(resolve => {
      const look = () => {
        if (this.log.count < goal && !isEverybodyHome) return;

        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Lets every client finish its request, and go. */
  async stop(): Promise<TrafficLog> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return this.log;
  }

  /** Resolves when every client went home by itself. */
  async home(): Promise<TrafficLog> {
    await Promise.all(this.#clients);
    return this.log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #client(keepAlive: boolean, random: Seeded): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    const { port, timeout, pause, untilFailure } = this.#options;
    while (!this.#isOver) {
      const kind = anyKind(random);
      const isWell = await this.#timed({ kind, keepAlive }, id =>
        kind === 'pair'
          ? askInPairs({ ids: random.chance(0.5) ? [id, `${id}b`] : [id, `${id}b`, `${id}c`, `${id}d`], port, timeout })
          : ask(orderFor(kind, id, random), { port, agent, timeout }),
      );
      if (!isWell && untilFailure) break;
      // Part of what is done to the server: connections on which nothing goes on, and no storm of those that are refused.
      if (pause > 0) await setTimeout(random.integer(0, pause));
      else if (!isWell || (keepAlive && random.chance(0.1))) await setTimeout(random.integer(1, 30));
    }
    agent.destroy();
  }

  async #timed({ kind, keepAlive }: Manner, act: (id: string) => Promise<number | number[]>): Promise<boolean> {
    const id = `${++this.#ids}`;
    const start = performance.now();
    let isWell = true;
    try {
      const workers = [await act(id)].flat();
      const duration = performance.now() - start;
      for (const worker of workers) this.log.answered.push({ kind, start, duration, worker, keepAlive });
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;

      isWell = false;
      const { phase, reused, port, message: why } = error;
      const duration = performance.now() - start;
      this.log.failed.push({ kind, id: error.id ?? id, start, duration, why, phase, reused, port });
    }
    for (const look of this.#waiting) look();
    return isWell;
  }
}
