import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type Phase, RequestFailure } from './http-traffic-log.js';
import type { Order } from './http-traffic-orders.js';

/** Where requests go. */
export interface Target {
  readonly port: number;
  readonly agent: Agent;
  /** Milliseconds after which a request counts as hung. */
  readonly timeout: number;
}

const chunkSize = 65_536;

/**
 * Makes one request and reads its whole answer; the process that answered.
 *
 * @throws {@link RequestFailure} unless the answer is complete, and exactly what is expected
 */
export function ask(order: Order, { port, agent, timeout }: Target): Promise<number> {
  const { method, path, id } = order;
  const headers = { 'x-id': id, ...headersOf(order) };
  const asked = request({ host: '127.0.0.1', port, agent, method, path, headers });
  const answer = new Promise<number>((resolve, reject) => {
    const facts = factsOf(asked);
    const fail = (why: string) => reject(new RequestFailure(why, facts()));
    const timer = setTimeout(() => {
      fail(`hung for ${timeout} ms`);
      asked.destroy();
    }, timeout);
    asked.on('close', () => clearTimeout(timer));
    asked.on('error', error => fail(textOf(error)));
    let hasResponse = false;
    asked.on('close', () => {
      if (!hasResponse) fail('closed without an answer');
    });
    asked.on('response', response => {
      hasResponse = true;
      read(response, order).then(resolve, error => fail(textOf(error)));
    });
  });
  send(asked, order);
  return answer;
}

function headersOf({ body, upload }: Order): Record<string, string | number> {
  if (!body) return {};
  if (upload === 'chunked') return { 'Transfer-Encoding': 'chunked' };

  return { 'Content-Length': body.length, ...(upload === 'expect' && { Expect: '100-continue' }) };
}

function send(asked: ClientRequest, { body, upload }: Order): void {
  if (!body) {
    asked.end();
  } else if (upload === 'whole') {
    asked.end(body);
  } else if (upload === 'chunked') {
    sendInChunks(asked, body);
  } else {
    asked.once('continue', () => sendInChunks(asked, body));
    asked.flushHeaders();
  }
}

function sendInChunks(asked: ClientRequest, body: Buffer): void {
  for (let at = 0; at < body.length; at += chunkSize) asked.write(body.subarray(at, at + chunkSize));
  asked.end();
}

/** What is known of the connection of a request, at any time. */
function factsOf(asked: ClientRequest) {
  let phase: Phase = 'connecting';
  let port: number | undefined;
  asked.on('socket', socket => {
    const connected = () => {
      phase = 'sent';
      port = socket.localPort;
    };
    if (socket.connecting) socket.once('connect', connected);
    else connected();
  });
  asked.on('response', response => {
    phase = 'answering';
    response.on('end', () => {
      phase = 'answered';
    });
  });
  return () => ({ phase, port, reused: asked.reusedSocket });
}

async function read(response: IncomingMessage, { expected }: Order): Promise<number> {
  const { statusCode, headers } = response;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  const isRight = statusCode === 200 && response.complete && body === expected;
  if (!isRight) throw new Error(`status ${statusCode}, ${body.length} of ${expected.length}: ${body.slice(0, 80)}`);

  return Number(headers['x-worker']);
}

function textOf(error: Error & { readonly code?: string }): string {
  return error.code === undefined ? error.message : `${error.code}: ${error.message}`;
}
