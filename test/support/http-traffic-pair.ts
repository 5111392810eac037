import { connect, type Socket } from 'node:net';
import { type Phase, RequestFailure } from './http-traffic-log.js';
import { answerTo } from './http-traffic-orders.js';

interface Response {
  readonly worker: number;
  readonly body: string;
  readonly isLast: boolean;
  /** How much of the text it took. */
  readonly length: number;
}

/** Two requests in one segment, on a socket of their own, up to so often. */
export interface PairOrder {
  readonly ids: readonly string[];
  readonly port: number;
  readonly timeout: number;
}

/**
 * Sends requests in pairs, the next when both were answered, until all are or the server says that it is the last; the
 * process that answered, for each that was.
 *
 * @throws {@link RequestFailure} unless both of a pair were answered in full, in order and rightly
 */
export async function askInPairs({ ids, port, timeout }: PairOrder): Promise<number[]> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  const line = new Line(socket);
  const timer = setTimeout(() => socket.destroy(new Error(`hung for ${timeout} ms`)), timeout);
  const workers: number[] = [];
  try {
    for (let at = 0; at < ids.length; at += 2) {
      const pair = ids.slice(at, at + 2);
      socket.write(pair.map(head).join(''));
      for (const id of pair) workers.push(await line.answerTo(id));
      if (line.isOver) break;
    }
    return workers;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function head(id: string): string {
  return `GET /pair HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Id: ${id}\r\n\r\n`;
}

/** What a server says on one connection, response by response. */
class Line {
  readonly #socket: Socket;
  #text = '';
  #phase: Phase = 'connecting';
  #port: number | undefined;
  #answers = 0;
  #end: string | undefined;
  #heard: () => void = () => {};
  /** Whether the server has said that there will be no more. */
  isOver = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('connect', () => {
      this.#phase = 'sent';
      this.#port = socket.localPort;
    });
    socket.on('data', text => {
      this.#text += text;
      this.#heard();
    });
    socket.on('error', (error: Error & { code?: string }) => {
      this.#end ??= error.code ?? error.message;
    });
    socket.on('end', () => {
      this.#end ??= 'the server ended the connection';
    });
    socket.on('close', () => {
      this.#end ??= 'closed';
      this.#heard();
    });
  }

  async answerTo(id: string): Promise<number> {
    this.#phase = this.#socket.connecting ? 'connecting' : 'sent';
    for (;;) {
      const response = parse(this.#text);
      if (response) return this.#take(response, id);
      if (this.#end !== undefined) throw this.#failure(id, this.#end);

      await new Promise<void>(resolve => {
        this.#heard = resolve;
      });
    }
  }

  #take({ worker, body, isLast, length }: Response, id: string): number {
    if (body !== answerTo(id)) throw this.#failure(id, `wrong body: ${body.slice(0, 80)}`);
    if (this.isOver) throw this.#failure(id, 'an answer after the last one');

    this.#text = this.#text.slice(length);
    this.isOver = isLast;
    this.#answers++;
    return worker;
  }

  #failure(id: string, why: string): RequestFailure {
    const phase = this.#text === '' ? this.#phase : 'answering';
    const told = this.isOver ? `${why}, after Connection: close on the answer before` : why;
    return new RequestFailure(told, { id, phase, reused: this.#answers > 1, port: this.#port });
  }
}

/** The first response of the text, if it is there in full; its length has to be said. */
function parse(text: string): Response | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;

  const head = text.slice(0, end);
  const size = Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
  const length = end + 4 + size;
  if (text.length < length) return undefined;

  const isRight = head.startsWith('HTTP/1.1 200 ');
  return {
    length,
    body: isRight ? text.slice(end + 4, length) : head,
    worker: Number(/^x-worker: (\d+)$/im.exec(head)?.[1]),
    isLast: /^connection: close$/im.test(head),
  };
}
