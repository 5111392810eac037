import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import type { StickyOptions } from '../../lib/primary/sticky-options.js';
import { StickyRouter } from '../../lib/primary/sticky-router.js';
import { systemClock } from '../../lib/util/clock.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { type RoutedMode, RoutedWorker } from '../support/routed-worker.js';
import { textOf } from '../support/sockets.js';
import { until, withDeadline } from '../support/with-deadline.js';

const toClose: (() => unknown)[] = [];

async function listening(options: StickyOptions, path?: string): Promise<StickyRouter> {
  const failed = (error: unknown) => {
    throw error;
  };
  const router = new StickyRouter({ options, clock: systemClock, failed });
  await router.listen(path === undefined ? { host: '127.0.0.1' } : { path });
  toClose.push(() => router.close());
  return router;
}

async function worker(router: StickyRouter, name: string, mode?: RoutedMode): Promise<RoutedWorker> {
  const started = await RoutedWorker.start(router, name, mode);
  toClose.push(() => started.kill());
  return started;
}

function clientOf(router: StickyRouter, localAddress = '127.0.0.1'): Socket {
  return connect({ port: router.address?.port ?? 0, host: '127.0.0.1', localAddress });
}

/** The name of the worker that answers a client with that address. */
async function askedFrom(router: StickyRouter, localAddress: string): Promise<string> {
  const client = clientOf(router, localAddress);
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  return /x-worker: (\S+)/.exec(await textOf(client))?.[1] ?? 'nobody';
}

/** 20 clients. */
const addresses = Array.from({ length: 20 }, (_, index) => `127.0.0.${index + 2}`);

async function mapping(router: StickyRouter): Promise<string> {
  return (await Promise.all(addresses.map(address => askedFrom(router, address)))).join(' ');
}

/** Several uploads in one go, in pieces of any size; resolves with what was wrong with the answers. */
async function upload(client: Socket, id: string, count: number): Promise<string[]> {
  const text = textOf(client);
  const bodies = Array.from({ length: count }, () => randomBytes(Math.floor(Math.random() ** 3 * 300_000)));
  const requests = bodies.map((body, index) => {
    const close = index === count - 1 ? 'Connection: close\r\n' : '';
    const head = `POST /${id}/${index} HTTP/1.1\r\nHost: a\r\nX-Client: ${id}\r\n${close}Content-Length: ${body.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), body]);
  });
  const stream = Buffer.concat(requests);
  for (let at = 0; at < stream.length; ) {
    const size = 1 + Math.floor(Math.random() ** 4 * 100_000);
    if (!client.write(stream.subarray(at, at + size))) await new Promise(resolve => client.once('drain', resolve));
    at += size;
  }
  const answers = (await text).split('\n').filter(line => line.includes(`/${id}/`));
  const hashes = bodies.map(body => createHash('sha1').update(body).digest('hex'));
  return hashes.flatMap((hash, index) => {
    const right = new RegExp(`^\\S+ /${id}/${index} ${hash}$`).test(answers[index] ?? '');
    return right ? [] : [`${id}/${index}: ${answers[index]}`];
  });
}

describe('StickyRouter and workers', () => {
  afterEach(async () => {
    for (const close of toClose.splice(0)) await close();
  });

  leavesNothingBehind();

  it('gives a client to the same worker every time, and all workers some', async () => {
    const router = await listening({});
    await worker(router, 'a');
    await worker(router, 'b');

    const first = await mapping(router);

    expect(first.split(' ')).to.include.members(['a', 'b']).and.not.include('nobody');
    expect(await mapping(router)).to.equal(first);
  });

  it('moves nobody when a worker crashes and is replaced', async () => {
    const router = await listening({});
    const [first] = [await worker(router, 'a'), await worker(router, 'b')];
    const before = await mapping(router);

    await first.kill();
    await worker(router, 'a');

    expect(await mapping(router)).to.equal(before);
  });

  it('serves what a worker had not taken when it was killed by another one', async () => {
    const router = await listening({});
    const dumb = await worker(router, 'a', 'keep');
    const answers = addresses.map(address => askedFrom(router, address));
    await until(() => dumb.kept === addresses.length, 5_000, 'connection of each client');

    await worker(router, 'b');
    await dumb.kill();

    expect(new Set(await Promise.all(answers))).to.deep.equal(new Set(['b']));
  });

  it('lets clients wait while there is no worker', async () => {
    const router = await listening({});
    const answer = askedFrom(router, '127.0.0.1');
    await until(() => router.held === 1, 5_000, 'connection');

    await worker(router, 'a');

    expect(await answer).to.equal('a');
  });

  it('asks others when a worker is full', async () => {
    const router = await listening({});
    const full = await worker(router, 'a', 'full');
    await worker(router, 'b');

    expect(new Set((await mapping(router)).split(' '))).to.deep.equal(new Set(['b']));
    expect(full.handed).to.be.greaterThan(0);
  });

  it('serves later what did not reach a worker that had too many open files', async () => {
    const router = await listening({});
    const poor = await worker(router, 'a', 'poor');
    const answered = new Set<Socket>();
    const clients = Array.from({ length: 30 }, () => clientOf(router));
    toClose.push(() => {
      for (const client of clients) client.destroy();
    });
    for (const client of clients) {
      client.on('data', () => answered.add(client)).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    }
    await until(() => poor.missed > 0 && answered.size + poor.missed === 30, 5_000, 'end of its files');

    for (const client of answered) client.destroy();
    await until(() => readdirSync(`/proc/${poor.process.pid}/fd`).length < 25, 5_000, 'free files');
    await askedFrom(router, '127.0.0.1');

    await until(() => answered.size === 30, 5_000, 'answer to each client');
  });

  it('answers a client that says no more, and reads on', async () => {
    const router = await listening({});
    await worker(router, 'a');
    const client = connect({ port: router.address?.port ?? 0, host: '127.0.0.1', allowHalfOpen: true });

    client.end('GET /half HTTP/1.0\r\n\r\n');

    expect(await textOf(client)).to.include('a /half');
  });

  it('routes connections of a unix socket', async () => {
    const path = join(tmpdir(), `sticky-${process.pid}.sock`);
    const router = await listening({ by: ({ remoteAddress }) => `from ${remoteAddress}` }, path);
    await worker(router, 'a');
    const client = connect(path);

    client.write('GET /unix HTTP/1.0\r\n\r\n');

    expect(await textOf(client)).to.include('a /unix');
    expect(router.address).to.deep.equal({ address: path, port: undefined, addressType: -1 });
  });

  for (const readHead of [false, true]) {
    it(`loses, doubles and reorders no byte of an upload${readHead ? ', of which it reads a part' : ''}`, async () => {
      const router = await listening(readHead ? { readHead, by: c => c.header('X-Client') ?? '' } : { by: 'ip' });
      await worker(router, 'a');
      await worker(router, 'b');

      const flood = addresses.flatMap(address =>
        Array.from({ length: 5 }, (_, index) => upload(clientOf(router, address), `${address}-${index}`, 4)),
      );
      const wrong = (await withDeadline(Promise.all(flood), 30_000, 'answer to each upload')).flat();

      expect(wrong).to.deep.equal([]);
    });
  }
});
