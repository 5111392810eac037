import { createServer } from 'node:net';
import type { ServeWord } from '../../lib/protocol/serving.js';
import { Deferred } from '../../lib/util/deferred.js';
import { type ResolvedServeOptions, resolveServeOptions, type ServeOptions } from '../../lib/worker/serve-options.js';
import { ServedServer, type ServedServerParts } from '../../lib/worker/served-server.js';
import type { HandedOver, ServeAnswer, ServerLine } from '../../lib/worker/server-desk.js';
import type { AnyServer, DrainCounts, ServerDrain, ServerDrainParts } from '../../lib/worker/server-drain.js';
import { FakeClock } from './fake-clock.js';

/** A drain that does what the test says, and writes down what it is told. */
export class FakeDrain implements ServerDrain {
  readonly calls: string[] = [];
  readonly parts: ServerDrainParts;
  size = 0;
  counts: DrainCounts = { connections: 0, idle: 0, handedOver: 0, cut: 0 };
  readonly #emptied = new Deferred<void>();

  constructor(parts: ServerDrainParts) {
    this.parts = parts;
  }

  begin(): void {
    this.calls.push('begin');
  }

  empty(): Promise<void> {
    return this.#emptied.promise;
  }

  cut(): void {
    this.calls.push('cut');
    this.counts = { ...this.counts, cut: this.counts.cut + this.size };
    this.size = 0;
    this.#emptied.resolve();
  }

  release(): void {
    this.calls.push('release');
  }

  /** No connection is open any more. */
  empties(): void {
    this.size = 0;
    this.#emptied.resolve();
  }
}

/** A primary that answers one server, at once unless it is silent. */
export class FakeLine implements ServerLine {
  readonly said: ServeWord[] = [];
  /** The answers to `listen`, the last of them again and again. */
  answers: ServeAnswer[] = [{ act: 'bind' }];
  /** Whether questions wait until `answer()`. */
  silent = false;
  ends = 0;
  #waiting: { readonly act: string; readonly answer: Deferred<ServeAnswer> }[] = [];

  ask(word: Extract<ServeWord, { readonly act: 'listen' | 'close' }>): Promise<ServeAnswer> {
    this.said.push(word);
    const answer = new Deferred<ServeAnswer>().markHandled();
    this.#waiting.push({ act: word.act, answer });
    if (!this.silent) this.answer();
    return answer.promise;
  }

  tell(word: ServeWord): void {
    this.said.push(word);
  }

  end(): void {
    this.ends++;
  }

  /** The primary answers what waits. */
  answer(): void {
    for (const { act, answer } of this.#waiting.splice(0)) {
      const [first = { act: 'bind' } as const, ...rest] = this.answers;
      if (act === 'close') answer.resolve({ act: 'close' });
      else answer.resolve(first);
      if (act === 'listen' && rest.length > 0) this.answers = rest;
    }
  }

  /** The channel is closed. */
  breaks(error: Error): void {
    for (const { answer } of this.#waiting.splice(0)) answer.reject(error);
  }

  /** What was said, without the rest. */
  get acts(): readonly string[] {
    return this.said.map(({ act }) => act);
  }
}

/** What all the servers of a test share. */
export function servingParts() {
  const clock = new FakeClock();
  const told: unknown[][] = [];
  const lines: FakeLine[] = [];
  const drains: FakeDrain[] = [];
  const takers: ((connection: HandedOver) => void)[] = [];
  const parts = {
    clock,
    line: taker => {
      const line = new FakeLine();
      takers.push(taker);
      lines.push(line);
      return line;
    },
    drain: drainParts => {
      const drain = new FakeDrain(drainParts);
      drains.push(drain);
      return drain;
    },
    closeOwn: async (server: AnyServer) => {
      server.close();
      return 2;
    },
    announce: (name, data) => void told.push([name, data]),
  } satisfies Omit<ServedServerParts, 'server' | 'options' | 'listens' | 'ended'>;
  return { clock, told, lines, drains, takers, parts, names: () => told.map(([name]) => name) };
}

/** A server that is served with such options, and everything around it. */
export function servedServer(
  given: ServeOptions = { port: 0, host: '127.0.0.1' },
  server: AnyServer = createServer(),
  // What this Node or operating system may not have.
  more: Partial<ResolvedServeOptions> = {},
) {
  const all = servingParts();
  const { listens, ...resolved } = resolveServeOptions(given);
  const options = { ...resolved, ...more };
  let ends = 0;
  const served = new ServedServer({ ...all.parts, server, options, listens, ended: () => void ends++ });
  const [line] = all.lines;
  const [drain] = all.drains;
  if (!line || !drain) throw new Error('A server has a line and a drain from the beginning');
  const close = () => void (server.listening && server.close());
  return { ...all, server, served, line, drain, ends: () => ends, [Symbol.dispose]: close };
}
