import { type ClientHttp2Session, connect, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo, connect as connectSocket, type Server, type Socket } from 'node:net';
import { certificate } from './certificate.js';
import { withDeadline } from './with-deadline.js';

/** An answer to a request of HTTP/2, whole. */
export interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** A client of Node's that is connected. */
export async function connected(server: Server, secure: boolean): Promise<ClientHttp2Session> {
  const client = connect(`${secure ? 'https' : 'http'}://localhost:${portOf(server)}`, {
    ca: certificate.cert,
    lookup: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
  });
  client.on('error', () => {});
  // Its settings come from the server once there is a session.
  await withDeadline(new Promise(resolve => client.once('remoteSettings', resolve)), 5_000, 'session');
  return client;
}

/** Sends a request, with a body if there is one; resolves with the whole answer, rejects when there is none. */
export function ask(client: ClientHttp2Session, path = '/', body?: string): Promise<Answer> {
  const request = client.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST' });
  const answer = new Promise<Answer>((resolve, reject) => {
    let status: number | undefined;
    let text = '';
    request.on('response', (headers: IncomingHttpHeaders & { readonly ':status'?: number }) => {
      status = headers[':status'];
    });
    request.setEncoding('utf8').on('data', chunk => {
      text += chunk;
    });
    request.on('error', reject);
    request.on('close', () => (request.rstCode ? reject(new Error(`reset: ${request.rstCode}`)) : undefined));
    request.on('end', () => (status ? resolve({ status, body: text }) : reject(new Error('no response'))));
  });
  request.end(body);
  return withDeadline(answer, 10_000, `answer to ${path}`);
}

/** When the session of a client, or a socket, is closed. */
export function closing(client: { readonly destroyed: boolean; once(event: 'close', listener: () => void): unknown }) {
  return withDeadline(new Promise<void>(resolve => client.once('close', resolve)), 5_000, 'end of the connection');
}

/** One frame of HTTP/2, as a client that is no library sees it. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const;

/** A client that sends frames as it likes: without TLS, and it answers nothing by itself. */
export class RawHttp2 {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  #heard = () => {};
  #rest = Buffer.alloc(0);

  constructor(server: Http2Server, { silent = false } = {}) {
    this.socket = connectSocket(portOf(server), '127.0.0.1');
    this.socket.on('error', () => {});
    this.socket.on('data', data => this.#read(data));
    if (silent) return;

    this.socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    this.send({ type: frameType.settings });
  }

  send({ type, flags = 0, stream = 0, payload = Buffer.alloc(0) }: Partial<Frame> & Pick<Frame, 'type'>): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    this.socket.write(Buffer.concat([head, payload]));
  }

  /** A whole GET request: `:method`, `:scheme` and `:path` are indexed or literal, `:authority` is `a`. */
  request(stream: number, path = '/'): void {
    const block = [Buffer.from([0x82, 0x86, 0x44, path.length]), Buffer.from(path), Buffer.from([0x41, 1, 0x61])];
    this.send({ type: frameType.headers, flags: 5, stream, payload: Buffer.concat(block) });
  }

  /** Resolves with the first frame so far, or to come, for which `is` says yes. */
  async frame(is: (frame: Frame) => boolean, what: string): Promise<Frame> {
    const found = new Promise<Frame>(resolve => {
      this.#heard = () => {
        const frame = this.frames.find(is);
        if (frame) resolve(frame);
      };
      this.#heard();
    });
    return withDeadline(found, 5_000, what);
  }

  /** Answers the ping that came last but so many. */
  async pong(count = 1): Promise<void> {
    const pings = () => this.frames.filter(({ type, flags }) => type === frameType.ping && flags === 0);
    await this.frame(() => pings().length >= count, `ping ${count}`);
    this.send({ type: frameType.ping, flags: 1, payload: pings()[count - 1]?.payload ?? Buffer.alloc(8) });
  }

  #read(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    while (this.#rest.length >= 9 && this.#rest.length >= 9 + this.#rest.readUIntBE(0, 3)) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      const [type = 0, flags = 0] = this.#rest.subarray(3, 5);
      this.frames.push({ type, flags, stream: this.#rest.readUInt32BE(5), payload: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
    this.#heard();
  }
}
