import { createServer, type ServerHttp2Session } from 'node:http2';
import { Server } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { SessionFarewell } from '../../lib/worker/session-farewell.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Frame, frameType, RawHttp2 } from '../support/http2-clients.js';
import { localServer } from '../support/sockets.js';
import { until, withDeadline } from '../support/with-deadline.js';

/** Longer than from the answer to one ping until the next one. */
const nextPing = 50;

const isGoaway = ({ type }: Frame) => type === frameType.goaway;
const lastStreamOf = ({ payload }: Frame) => payload.readUInt32BE(0);

/** A session with its farewell, and a client that does nothing by itself. */
async function setUp({ answers = true } = {}) {
  const clock = new FakeClock();
  const served: string[] = [];
  let left = 0;
  const leaving = () => {
    left += 1;
  };
  const { server } = await localServer(
    createServer((request, response) => {
      served.push(request.url);
      if (answers) response.end('done');
    }),
  );
  const opened = new Promise<ServerHttp2Session>(resolve =>
    (server as ReturnType<typeof createServer>).once('session', resolve),
  );
  const client = new RawHttp2(server as ReturnType<typeof createServer>);
  const session = await withDeadline(opened, 5_000, 'session');
  const farewell = new SessionFarewell({ session, clock, patience: 1_000, leaving });
  return {
    ...{ clock, served, client, session, farewell },
    left: () => left,
    goaways: () => client.frames.filter(isGoaway).map(lastStreamOf),
    goaway: () => client.frame(isGoaway, 'GOAWAY'),
    /** Answers the first ping, the second one and so on, when it comes. */
    pong: async (count: number) => {
      if (count > 1) await until(() => clock.pending === 2, 5_000, 'pause between two pings');
      if (count > 1) clock.advance(nextPing);
      await client.pong(count);
    },
    answered: (stream: number) =>
      client.frame(
        ({ type, stream: id, flags }) => type === frameType.data && id === stream && (flags & 1) === 1,
        'answer',
      ),
    [Symbol.asyncDispose]: async () => {
      Server.prototype.close.call(server);
      client.socket.destroy();
      farewell.release();
      session.destroy();
    },
  };
}

describe('SessionFarewell', () => {
  it('sends nothing, and has no timer, before it begins', async () => {
    await using set = await setUp();
    set.client.request(1);
    await set.answered(1);

    expect(set.clock.pending).to.equal(0);
    expect(set.client.frames.map(({ type }) => type)).not.to.include(frameType.ping);
  });

  it('counts the streams that are open', async () => {
    await using set = await setUp({ answers: false });
    set.client.request(1);
    set.client.request(3);
    await until(() => set.served.length === 2, 5_000, 'requests');
    expect(set.farewell.open).to.equal(2);

    set.client.send({ type: frameType.reset, stream: 1, payload: Buffer.alloc(4) });
    await until(() => set.farewell.open === 1, 5_000, 'end of a stream');
  });

  it('closes a still session when its client has answered two pings', async () => {
    await using set = await setUp();
    set.farewell.begin();
    await set.pong(1);
    await until(() => set.clock.pending === 2, 5_000, 'pause between two pings');
    expect(set.session.closed).to.equal(false);
    await set.pong(2);

    expect(lastStreamOf(await set.goaway())).to.equal(0);
    expect(set.left()).to.equal(1);
    expect(set.clock.pending).to.equal(0);
  });

  it('serves what comes before the client has answered', async () => {
    await using set = await setUp();
    set.farewell.begin();
    set.client.request(1, '/early');
    await set.answered(1);

    expect(set.served).to.deep.equal(['/early']);
    expect(set.goaways()).to.deep.equal([]);
  });

  it('serves what comes in one piece with the answer', async () => {
    await using set = await setUp({ answers: false });
    set.farewell.begin();
    await set.pong(1);
    await until(() => set.clock.pending === 2, 5_000, 'pause between two pings');
    set.clock.advance(nextPing);
    await set.client.frame(({ type }) => type === frameType.ping, 'ping');
    set.client.socket.cork();
    await set.client.pong(2);
    set.client.request(1, '/with');
    set.client.socket.uncork();
    await set.goaway();

    expect(set.served).to.deep.equal(['/with']);
    expect(set.goaways().at(-1)).to.equal(1);
  });

  it('waits for the request that may follow upon a response, and tells the client before it is answered', async () => {
    await using set = await setUp();
    set.farewell.begin();
    await set.pong(1);
    set.client.request(1, '/first');
    await set.answered(1);
    await set.pong(2);
    expect(set.goaways()).to.deep.equal([]);
    set.client.request(3, '/second');
    await set.answered(3);

    expect(set.served).to.deep.equal(['/first', '/second']);
    const order = set.client.frames.filter(frame => isGoaway(frame) || frame.stream === 3).map(({ type }) => type);
    expect(order[0]).to.equal(frameType.goaway);
    // The first refuses nothing, the second what nobody has seen.
    expect(set.goaways().slice(0, 2)).to.deep.equal([2 ** 31 - 1, 3]);
    expect(set.left()).to.equal(1);
  });

  it('gives the client no longer than a round trip to follow upon a response', async () => {
    await using set = await setUp();
    set.farewell.begin();
    await set.pong(1);
    set.client.request(1, '/only');
    await set.answered(1);
    await set.pong(2);
    await until(() => set.clock.pending === 2, 5_000, 'pause between two pings');
    expect(set.session.closed).to.equal(false);
    await set.pong(3);

    expect(lastStreamOf(await set.goaway())).to.equal(1);
  });

  it('serves requests that come in one piece with the last one', async () => {
    await using set = await setUp({ answers: false });
    set.client.request(1, '/open');
    await until(() => set.served.length === 1, 5_000, 'request');
    set.farewell.begin();
    await set.pong(1);
    set.client.send({ type: frameType.reset, stream: 1, payload: Buffer.alloc(4) });
    await until(() => set.farewell.open === 0, 5_000, 'end of a stream');
    await set.pong(2);
    await until(() => set.clock.pending === 2, 5_000, 'pause between two pings');
    set.client.socket.cork();
    set.client.request(3, '/a');
    set.client.request(5, '/b');
    set.client.socket.uncork();
    await until(() => set.session.closed, 5_000, 'end of the session');

    expect(set.served).to.deep.equal(['/open', '/a', '/b']);
    await until(() => set.goaways().length >= 2, 5_000, 'second GOAWAY');
    expect(set.goaways().slice(0, 2)).to.deep.equal([2 ** 31 - 1, 5]);
  });

  it('closes the session when nobody answers', async () => {
    await using set = await setUp();
    set.farewell.begin();
    set.clock.advance(999);
    expect(set.session.closed).to.equal(false);
    set.clock.advance(1);

    expect(set.session.closed).to.equal(true);
    expect(set.left()).to.equal(1);
  });

  it('closes nothing that is closed already', async () => {
    await using set = await setUp();
    set.session.close();
    set.farewell.begin();
    expect(set.clock.pending).to.equal(0);

    await using other = await setUp();
    other.farewell.begin();
    other.client.socket.destroy();
    await until(() => other.clock.pending === 0, 5_000, 'end of the session');
    expect(other.left()).to.equal(0);
  });

  it('leaves the session alone once it is released', async () => {
    await using set = await setUp();
    set.farewell.begin();
    set.farewell.release();
    set.clock.advance(2_000);

    expect(set.session.closed).to.equal(false);
    expect(set.clock.pending).to.equal(0);
    set.client.request(1);
    await set.answered(1);
    expect(set.farewell.open).to.equal(0);
  });
});

describe('Node', () => {
  it('ignores streams after any GOAWAY: when it does no more, the notice of RFC 9113 can be sent', async () => {
    await using set = await setUp();
    set.session.goaway(0, 2 ** 31 - 1);
    await set.goaway();
    set.client.request(1, '/ignored');
    set.client.send({ type: frameType.ping, payload: Buffer.alloc(8) });
    set.session.close();
    await until(() => set.session.destroyed, 5_000, 'end of the session');

    expect(set.served).to.deep.equal([]);
  });
});
