import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DrainedServer } from './drained-server.js';
import type { Wire } from './http-wire.js';
import type { Seeded } from './seeded.js';

/** What a client sends at a time, in pieces, and how it must be answered: by these bodies, one after the other. */
interface Errand {
  readonly pieces: readonly string[];
  readonly bodies: readonly string[];
}

type Kind = (id: string, random: Seeded) => Errand;

/** Longest pause of a client while it has a connection, in milliseconds. */
const longestThought = 30;

/** The kinds of clients. */
export const crowdKinds: Readonly<Record<string, Kind>> = {
  keeping: id => ({ pieces: [get(`/echo/${id}`)], bodies: [`/echo/${id}`] }),
  closing: id => ({ pieces: [get(`/echo/${id}`, 'Connection: close\r\n')], bodies: [`/echo/${id}`] }),
  slow: (id, random) => {
    const url = `/slow/${random.integer(1, 120)}/${id}`;
    return { pieces: [get(url)], bodies: [url] };
  },
  pipelining: (id, random) => {
    const urls = Array.from({ length: random.integer(2, 6) }, (_, index) => {
      return random.chance(0.5) ? `/echo/${id}-${index}` : `/slow/${random.integer(1, 40)}/${id}-${index}`;
    });
    return { pieces: [urls.map(url => get(url)).join('')], bodies: urls };
  },
  streaming: (id, random) => {
    const count = random.integer(2, 12);
    return { pieces: [get(`/stream/${count}/${id}`)], bodies: [`${id};`.repeat(count)] };
  },
  uploading: (id, random) => {
    const pieces = Array.from({ length: random.integer(1, 6) }, () => id.repeat(random.integer(1, 2_000)));
    const body = pieces.join('');
    return { pieces: [post(`Content-Length: ${body.length}\r\n`), ...pieces], bodies: [body] };
  },
  chunking: (id, random) => {
    const pieces = Array.from({ length: random.integer(1, 6) }, () => id.repeat(random.integer(1, 500)));
    const chunks = [...pieces, ''].map(piece => `${piece.length.toString(16)}\r\n${piece}\r\n`);
    return { pieces: [post('Transfer-Encoding: chunked\r\n'), ...chunks], bodies: [pieces.join('')] };
  },
  /** Sends its head byte by byte, or nearly so. */
  stuttering: id => ({ pieces: get(`/echo/${id}`).match(/.{1,15}/gs) ?? [], bodies: [`/echo/${id}`] }),
};

function get(url: string, headers = ''): string {
  return `GET ${url} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
}

function post(headers: string): string {
  return `POST /upload HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
}

/** Answers what the kinds ask. */
export async function serveCrowd(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, what, count, id] = request.url?.split('/') ?? [];
  if (what === 'slow') await pause(Number(count));
  if (what === 'stream') {
    for (let index = 0; index < Number(count); index += 1) {
      response.write(`${id};`);
      await pause(5);
    }
    response.end();
  } else if (what === 'upload') {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.end(body);
  } else {
    response.end(request.url);
  }
}

/** Clients that use a server until it is gone, or they are told to make no new connections. */
export class HttpCrowd {
  readonly #host: DrainedServer;
  readonly #failures: string[] = [];
  #answered = 0;
  #connecting = 0;
  #mayConnect = true;

  constructor(host: DrainedServer) {
    this.#host = host;
  }

  /** What was not answered as it must be. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  get answered(): number {
    return this.#answered;
  }

  /** Whether no client is about to connect. */
  get isSettled(): boolean {
    return !this.#mayConnect && this.#connecting === 0;
  }

  /** Those who have a connection go on with it. */
  stopConnecting(): void {
    this.#mayConnect = false;
  }

  /** Resolves when the client has no connection any more. */
  async run(name: string, kind: Kind, random: Seeded): Promise<void> {
    let round = 0;
    while (this.#mayConnect) {
      this.#connecting += 1;
      const wire = await this.#host.connect().finally(() => {
        this.#connecting -= 1;
      });
      let isOpen = true;
      while (isOpen) isOpen = await this.#goOn(wire, kind(`${name}.${round++}`, random), random);
      wire.end();
    }
  }

  async #goOn(wire: Wire, { pieces, bodies }: Errand, random: Seeded): Promise<boolean> {
    await pause(random.integer(0, longestThought));
    if (wire.hasEnded) return false;

    const before = wire.responses.length;
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await pause(random.integer(0, 5));
      wire.send(piece);
    }
    try {
      const responses = (await wire.answers(before + bodies.length)).slice(before);
      const got = responses.map(({ body }) => body);
      if (got.join() !== bodies.join()) throw new Error(`Expected ${bodies}, got ${got}`);
      this.#answered += bodies.length;
      return responses.every(({ headers }) => headers.get('connection') !== 'close');
    } catch (error) {
      this.#failures.push(`${bodies.join().slice(0, 80)}: ${String(error).slice(0, 300)}`);
      return false;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
