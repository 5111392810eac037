import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { withDeadline } from './with-deadline.js';

/** A response as it came over the wire. */
export interface WireResponse {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Whether all of it is here. */
  readonly complete: boolean;
}

/** A client that says exactly what it is told to, and hears everything. */
export class Wire {
  readonly socket: Socket;
  /** Resolves when both directions are closed, with the error if there was one. */
  readonly closed: Promise<Error | undefined>;
  #text = '';
  #hasEnded = false;
  #error: Error | undefined;

  /** @param socket connected, or about to be. */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
    });
    socket.on('error', error => {
      this.#error = error;
    });
    socket.on('end', () => {
      this.#hasEnded = true;
    });
    this.closed = new Promise(resolve => socket.on('close', () => resolve(this.#error)));
  }

  /** @param allowHalfOpen whether this side stays open when the other one has ended the connection. */
  static async to(port: number, { allowHalfOpen = false } = {}): Promise<Wire> {
    const wire = new Wire(connect({ port, host: '127.0.0.1', allowHalfOpen }));
    await withDeadline(once(wire.socket, 'connect'), 5_000, 'connection');
    return wire;
  }

  /** Everything that was heard. */
  get text(): string {
    return this.#text;
  }

  /** Whether the other side said that nothing more will come. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get responses(): WireResponse[] {
    return responsesIn(this.#text, this.#hasEnded);
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Sends requests without a body, all in one piece. */
  get(...urls: string[]): void {
    this.send(urls.map(url => `GET ${url} HTTP/1.1\r\nHost: test\r\n\r\n`).join(''));
  }

  /** Resolves when that was heard. */
  async hears(expected: string | RegExp): Promise<void> {
    const isHeard = () => (typeof expected === 'string' ? this.#text.includes(expected) : expected.test(this.#text));
    await this.#until(isHeard, String(expected));
  }

  /** Resolves, with all of them, when so many responses are complete. */
  async answers(count = 1): Promise<WireResponse[]> {
    const complete = () => this.responses.filter(response => response.complete);
    await this.#until(() => complete().length >= count, `${count} answers`);
    return complete();
  }

  /** Resolves, with all responses, when the other side has ended the connection. */
  async ends(): Promise<WireResponse[]> {
    await this.#until(() => this.#hasEnded, 'end of the connection');
    return this.responses;
  }

  /** Ends this side, which most servers take for the end of all. */
  end(): void {
    this.socket.end();
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const { socket } = this;
    const events = ['data', 'end', 'close'];
    let look = () => {};
    const held = new Promise<void>((resolve, reject) => {
      look = () => {
        if (holds()) resolve();
        else if (socket.closed) reject(new Error(`There was no ${what} before the end: ${this.#error ?? this.#text}`));
      };
      for (const event of events) socket.on(event, look);
      look();
    });
    try {
      await withDeadline(held, 5_000, what, () => `, only ${JSON.stringify(this.#text.slice(-500))}`);
    } finally {
      for (const event of events) socket.off(event, look);
    }
  }
}

/** Responses one after the other; informational ones are left out. */
export function responsesIn(text: string, hasEnded: boolean): WireResponse[] {
  const responses: WireResponse[] = [];
  for (let rest = text; rest !== ''; ) {
    const [response, length] = firstResponse(rest, hasEnded);
    if (!response) break;

    if (response.status >= 200 || response.status === 101) responses.push(response);
    rest = rest.slice(length);
  }
  return responses;
}

function firstResponse(text: string, hasEnded: boolean): [WireResponse | undefined, number] {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return [undefined, 0];

  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  const headers = new Map(
    lines.map(line => line.split(/:\s*/, 2) as [string, string]).map(([k, v]) => [k.toLowerCase(), v]),
  );
  const [body, complete, length] = bodyOf(text.slice(end + 4), { status, headers, hasEnded });
  return [{ status, headers, body, complete }, end + 4 + length];
}

function bodyOf(
  text: string,
  { status, headers, hasEnded }: { status: number; headers: ReadonlyMap<string, string>; hasEnded: boolean },
): [body: string, complete: boolean, length: number] {
  if (status < 200 || status === 204 || status === 304) return ['', true, 0];
  if (headers.get('transfer-encoding') === 'chunked') return chunksOf(text);

  const length = headers.get('content-length');
  if (length === undefined) return [text, hasEnded, text.length];
  return [text.slice(0, Number(length)), text.length >= Number(length), Math.min(text.length, Number(length))];
}

function chunksOf(text: string): [body: string, complete: boolean, length: number] {
  let body = '';
  for (let position = 0; ; ) {
    const line = text.indexOf('\r\n', position);
    const size = Number.parseInt(text.slice(position, line), 16);
    if (line < 0 || line + 2 + size + 2 > text.length) return [body, false, text.length];

    body += text.slice(line + 2, line + 2 + size);
    position = line + 2 + size + 2;
    if (size === 0) return [body, true, position];
  }
}
