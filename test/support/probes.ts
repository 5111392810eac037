import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { until, withDeadline } from './with-deadline.js';

/** What a probe got. */
export interface Probed {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** How a probe asks. */
export interface ProbeOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: Agent;
}

/** Asks once, on a connection of its own unless there is an agent. */
export function probe(port: number, path: string, { body, ...options }: ProbeOptions = {}): Promise<Probed> {
  const answer = new Promise<Probed>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, ...options }, response => {
      const { statusCode: status, headers } = response;
      let text = '';
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => resolve({ status, headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
  return withDeadline(answer, 5_000, `answer to a probe of ${path}`);
}

/** The status of the answer. */
export async function statusOf(port: number, path: string): Promise<number | undefined> {
  return (await probe(port, path)).status;
}

/** Asks again and again until the answer has this status. */
export async function answers(port: number, path: string, status: number): Promise<Probed> {
  let last = await probe(port, path);
  const end = performance.now() + 10_000;
  while (last.status !== status) {
    if (performance.now() > end) throw new Error(`${path} never said ${status}, but ${last.status} ${last.text}`);
    last = await probe(port, path);
  }
  return last;
}

/** A client that speaks for itself, and does not mind how it ends. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** What it was told so far. */
  heard = '';

  constructor(port: number, words = '') {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.socket.setEncoding('utf8').on('data', text => {
      this.heard += text;
    });
    this.socket.write(words);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  /** Resolves when it is connected. */
  connected(): Promise<void> {
    return until(() => !this.socket.connecting, 5_000, 'connection');
  }

  /** Resolves, with all that was heard, when the other side has ended the connection. */
  async ended(ms = 5_000): Promise<string> {
    await until(
      () => this.socket.destroyed || this.socket.readableEnded,
      ms,
      `end of a connection, only ${this.heard}`,
    );
    return this.heard;
  }
}
