import { createSocket } from 'node:dgram';
import { get } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { withDeadline } from './with-deadline.js';

/** Everything that a server says until it ends the connection. */
export function readAll(port: number): Promise<string> {
  return textOf(connect(port, '127.0.0.1'));
}

/** Everything that comes until the connection ends. */
export function textOf(socket: Socket): Promise<string> {
  const text = new Promise<string>((resolve, reject) => {
    let heard = '';
    socket.setEncoding('utf8');
    socket.on('data', chunk => {
      heard += chunk;
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
    socket.resume();
  });
  return withDeadline(text, 5_000, 'end of the connection');
}

/** The body of an HTTP response; a connection for each, none of them kept. */
export function fetchText(target: { readonly port: number } | { readonly socketPath: string }): Promise<string> {
  const text = new Promise<string>((resolve, reject) => {
    const request = get({ host: '127.0.0.1', ...target, agent: false }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', chunk => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    });
    request.on('error', reject);
  });
  return withDeadline(text, 5_000, 'HTTP response');
}

/** The answer to one datagram. */
export async function exchange(kind: 'udp4' | 'udp6', port: number): Promise<string> {
  const socket = createSocket(kind);
  const answer = new Promise<string>(resolve => socket.once('message', message => resolve(message.toString())));
  socket.send('x', port, kind === 'udp4' ? '127.0.0.1' : '::1');
  try {
    return await withDeadline(answer, 5_000, 'answer to a datagram');
  } finally {
    socket.close();
  }
}

/** A server that listens on a free port of this machine. */
export async function localServer(server: Server = createServer()): Promise<{ server: Server; port: number }> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

/** Both ends of a connection within this machine; the first one has not read anything yet. */
export async function socketPair(): Promise<[accepted: Socket, client: Socket]> {
  const server = createServer({ pauseOnConnect: true });
  const accepted = new Promise<Socket>(resolve => server.once('connection', resolve));
  // In a worker a listening port would be shared, unless it is exclusive.
  await new Promise<void>(resolve => server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve));
  const address = server.address();
  const client = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  try {
    return [await accepted, client];
  } finally {
    server.close();
  }
}
