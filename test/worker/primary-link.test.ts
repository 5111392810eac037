import { Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Codec } from '../../lib/channel/codec.js';
import type { PeerLimits } from '../../lib/channel/peer-options.js';
import { ChannelClosedError, CodecMismatchError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import {
  activateFrame,
  beatFrame,
  deliveredFrame,
  FrameKind,
  failureFrame,
  helloFrame,
  messageFrame,
  parcelFrame,
  readyFrame,
  requestFrame,
  serveFrame,
  standbyFrame,
  statusFrame,
  stopFrame,
  storeFrame,
} from '../../lib/protocol/frame.js';
import { RemoteSeam } from '../../lib/storage/remote-seam.js';
import { PrimaryLink } from '../../lib/worker/primary-link.js';
import { ServerDesk } from '../../lib/worker/server-desk.js';
import { textCodec } from '../support/codecs.js';
import { settled } from '../support/conversation.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakePrimary } from '../support/fake-primary.js';
import { rejection } from '../support/thrown.js';

function setUp(codec?: Codec) {
  const primary = new FakePrimary();
  const told: unknown[][] = [];
  const note =
    (name: string) =>
    (...facts: unknown[]) =>
      void told.push([name, ...facts]);
  const listener = {
    handled: 7,
    ...{ message: note('message'), request: note('request'), stop: note('stop') },
    ...{ violation: note('violation'), sendFailed: note('sendFailed') },
    ...{ peerMessage: note('peerMessage'), peerRequest: note('peerRequest'), peerViolation: note('peerViolation') },
  };
  const clock = new FakeClock();
  const link = new PrimaryLink(listener, { serialization: 'json', clock, codec });
  return { primary, clock, told, link, [Symbol.dispose]: () => primary[Symbol.dispose]() };
}

/** Hears of violations alone. */
function listenerFor(violations: string[]) {
  const none = () => {};
  return {
    ...{ handled: 0, message: none, request: none, stop: none, sendFailed: none },
    ...{ peerMessage: none, peerRequest: none, peerViolation: none },
    violation: (reason: string) => void violations.push(reason),
  };
}

describe('PrimaryLink', () => {
  it('says nothing before its hello', () => {
    using each = setUp();
    expect(each.primary.frames).to.deep.equal([]);

    each.link.greet(undefined);

    expect(each.primary.frames).to.deep.equal([helloFrame()]);
  });

  it('encodes by its codec what users write', async () => {
    using each = setUp(textCodec);
    each.link.greet('text');
    await each.link.send({ message: 'soup' });
    each.link.release();

    each.primary.tells('message', textCodec.encode([messageFrame('salt')]));

    expect(each.primary.written).to.deep.equal([[helloFrame()], textCodec.encode([messageFrame('soup')])]);
    expect(each.told).to.deep.equal([['message', 'salt', undefined]]);
  });

  for (const [expected, codec, message] of [
    ['text', undefined, 'The primary uses the codec `text`, this worker no codec: give both the same `codec`'],
    [undefined, textCodec, 'The primary uses no codec, this worker the codec `text`: give both the same `codec`'],
    [
      'other',
      textCodec,
      'The primary uses the codec `other`, this worker the codec `text`: give both the same `codec`',
    ],
  ] as const) {
    it(`says no hello, but can tell why: ${message}`, async () => {
      using each = setUp(codec);
      const error = await rejection(() => each.link.greet(expected));

      each.link.tellFailure(error);

      expect(error).to.be.instanceOf(CodecMismatchError).and.to.include({ message });
      expect(error).to.have.property('details').that.deep.equals({ expected, actual: codec?.name });
      expect(each.primary.written).to.deep.equal([[failureFrame(toWireError(error))]]);
    });
  }

  it('keeps messages and requests, in order, until the worker is initialized', () => {
    using each = setUp();
    each.primary.says(messageFrame('soup'), requestFrame(1, 'salt'), messageFrame('salad'));
    expect(each.told).to.deep.equal([]);

    each.link.release();
    each.primary.says(messageFrame('late'));

    expect(each.told.map(([name]) => name)).to.deep.equal(['message', 'request', 'message', 'message']);
    expect(each.told[3]).to.deep.equal(['message', 'late', undefined]);
  });

  it('releases once', () => {
    using each = setUp();
    each.primary.says(messageFrame('soup'));
    each.link.release();
    each.link.release();

    expect(each.told).to.have.lengthOf(1);
  });

  it('tells at once that the primary asks it to stop', () => {
    using each = setUp();
    each.primary.says(stopFrame('shutDown', 50));

    expect(each.told).to.deep.equal([['stop', { reason: 'shutDown', timeout: 50 }]]);
  });

  it('tells at once what the primary may not say', () => {
    using each = setUp();
    each.primary.says(beatFrame(0));
    each.primary.tells('message', 'no batch');

    expect(each.told).to.deep.equal([
      ['violation', `an unexpected frame of kind ${FrameKind.beat}`],
      ['violation', 'a payload that is no batch of frames'],
    ]);
  });

  it('reports how busy this process is, from when the primary asks to until the channel closes', async () => {
    using each = setUp();
    const vitals = () => each.primary.frames.flatMap(frame => (frame[0] === FrameKind.beat ? [frame[2]] : []));
    await settled();
    each.clock.advance(5_000);
    expect(vitals()).to.deep.equal([]);

    each.primary.says(beatFrame(0, { interval: 1_000 }));
    await settled();
    each.clock.advance(1_000);
    expect(vitals()).to.have.lengthOf(2);
    expect(vitals()[0]).to.include({ handled: 7, pending: 0, debugged: 0 });
    expect(vitals()[1]?.utilization).to.be.within(0, 1);
    each.primary.hangsUp();

    expect(each.clock.pending).to.equal(0);
    expect(each.told).to.deep.equal([]);
  });

  it('tells the primary each turn', async () => {
    using each = setUp();
    const error = new Error('burnt');
    each.link.greet(undefined);
    await each.link.tellReady();
    each.link.tellStatus('BUSY');
    each.link.tellStopping('destroyed', 500);
    each.link.tellFailure(error);
    await each.link.peer.drained();

    expect(each.primary.frames).to.deep.equal([
      ...[
        helloFrame(),
        readyFrame(),
        statusFrame('BUSY'),
        stopFrame('destroyed', 500),
        failureFrame(toWireError(error)),
      ],
    ]);
  });

  describe('with shared storage', () => {
    function storing(bounds?: PeerLimits) {
      const primary = new FakePrimary();
      const violations: string[] = [];
      const listener = listenerFor(violations);
      const clock = new FakeClock();
      const storage = new RemoteSeam({ clock, connected: async () => {} });
      const link = new PrimaryLink(listener, { serialization: 'json', clock, storage, bounds });
      return { primary, violations, link, storage, [Symbol.dispose]: () => primary[Symbol.dispose]() };
    }

    it('lets it ask at once, and hear what the primary says, before the worker is initialized', async () => {
      using each = storing();
      const attached = each.storage.attach();
      await settled();
      expect(each.primary.frames).to.deep.equal([storeFrame(1, ['attach'])]);
      each.primary.says(storeFrame(0, { parts: [['a', 1]], first: { group: 'cooks' } }), storeFrame(1, 3));
      await attached;

      expect(each.storage.storage.peek('')).to.deep.equal({ a: 1 });
      expect(each.violations).to.deep.equal([]);
    });

    it('bounds how many questions wait, and tells what cannot be sent', async () => {
      using each = storing({ maxPendingRequests: 1, maxMessageBytes: 100 });
      const attached = each.storage.attach();
      await settled();
      each.primary.says(storeFrame(0, { parts: [], first: { group: 'cooks' } }), storeFrame(1, 3));
      await attached;
      const { storage } = each.storage;
      expect(await rejection(storage.set('a', 'x'.repeat(200)))).to.include({ code: 'CLUSTER_MESSAGE_TOO_LARGE' });
      const waiting = storage.get('a');

      expect(await rejection(storage.get('b'))).to.include({ code: 'CLUSTER_BACKPRESSURE' });
      await settled();
      each.primary.says(storeFrame(3, 5));
      expect(await waiting).to.equal(5);
    });

    it('closes it with the rest', async () => {
      using each = storing();
      const attached = rejection(each.storage.attach());
      await settled();
      const reason = new ChannelClosedError('gone', { peer: 'the primary' });
      each.link.close(reason);

      expect(await attached).to.equal(reason);
      expect(await rejection(each.storage.storage.get('a'))).to.equal(reason);
    });

    it('that is not there hears nothing of it, and nor does anybody else', () => {
      using each = setUp();
      each.primary.says(storeFrame(0, { lost: 1 }));
      each.link.close(new ChannelClosedError('gone', { peer: 'the primary' }));

      expect(each.told).to.deep.equal([]);
    });
  });

  describe('with servers', () => {
    function serving() {
      const primary = new FakePrimary();
      const violations: string[] = [];
      const listener = listenerFor(violations);
      const servers: ServerDesk = new ServerDesk({
        tell: (id, word) => void link.peer.control(serveFrame(id, word)),
        violation: reason => void violations.push(reason),
      });
      const link = new PrimaryLink(listener, { serialization: 'json', clock: new FakeClock(), servers });
      return { primary, violations, link, servers, [Symbol.dispose]: () => primary[Symbol.dispose]() };
    }

    it('lets them ask, and hear what the primary says, before the worker is initialized', async () => {
      using each = serving();
      const answer = each.servers.open(() => {}).ask({ act: 'close' });
      await settled();
      expect(each.primary.frames).to.deep.equal([serveFrame(1, { act: 'close' })]);
      each.primary.says(serveFrame(1, { act: 'close' }));

      expect(await answer).to.deep.equal({ act: 'close' });
      expect(each.violations).to.deep.equal([]);
    });

    it('gives them the connections that the primary hands over', () => {
      using each = serving();
      const handle = new Socket();
      const taken: unknown[] = [];
      each.servers.open(connection => void taken.push(connection));
      each.primary.tells('message', [serveFrame(1, { act: 'connection', connection: 4, head: 'GET' })], handle);

      expect(taken).to.deep.equal([{ connection: 4, head: 'GET', handle }]);
      handle.destroy();
    });

    it('closes their questions with the rest', async () => {
      using each = serving();
      const failure = rejection(each.servers.open(() => {}).ask({ act: 'close' }));
      const reason = new ChannelClosedError('gone', { peer: 'the primary' });
      each.link.close(reason);

      expect(await failure).to.equal(reason);
    });

    it('that are not there take nothing, and no handle leaks', () => {
      using each = setUp();
      const handle = new Socket();
      each.primary.tells('message', [serveFrame(1, { act: 'connection', connection: 4 })], handle);

      expect(handle.destroyed).to.equal(true);
      expect(each.told).to.deep.equal([['violation', `an unexpected frame of kind ${FrameKind.serve}`]]);
    });
  });

  describe('of a spare worker', () => {
    const place = { name: 'cook', slot: 3 };

    it('says that it waits, and learns its place', async () => {
      using each = setUp();
      each.link.greet(undefined);
      const told = each.link.tellStandby();
      await each.link.peer.drained();
      expect(each.primary.frames).to.deep.equal([helloFrame(), standbyFrame()]);

      each.primary.says(activateFrame(place));

      expect(await told).to.deep.equal(place);
      expect(each.told).to.deep.equal([]);
    });

    it('learns it also when the primary is faster, and only once', async () => {
      using each = setUp();
      each.primary.says(activateFrame(place), activateFrame({ name: 'waiter', slot: 4 }));

      expect(await each.link.tellStandby()).to.deep.equal(place);
      expect(each.told).to.deep.equal([]);
    });

    it('tells at once that the primary asks it to stop, and keeps messages', () => {
      using each = setUp();
      void each.link.tellStandby();
      each.primary.says(messageFrame('soup'), stopFrame('shutDown', 50));

      expect(each.told).to.deep.equal([['stop', { reason: 'shutDown', timeout: 50 }]]);
    });
  });

  it('tells what could not be sent', async () => {
    using each = setUp();
    const error = await rejection(each.link.peer.send({ amount: 1n }));

    expect(each.told).to.deep.equal([['sendFailed', error, { amount: 1n }]]);
  });

  describe('to other workers', () => {
    const bob = { id: 2, name: 'bob', group: 'default' };
    const said = (content: string) => parcelFrame(0, bob, content);

    it('sends parcels, and what is for the primary otherwise', async () => {
      using each = setUp();
      const sent = each.link.send({ to: 2, message: 'soup' });
      void each.link.send({ to: 'primary', message: 'salad' });
      void each.link.send({ message: 'stew' });
      const asked = each.link.request({ to: 2, message: 'salt', timeout: 500 });
      void each.link.request({ message: 'pepper', timeout: 500 }).catch(() => {});
      await settled();
      each.primary.says(deliveredFrame(1));
      await sent;
      await settled();
      each.primary.says(deliveredFrame(2), said('[[4,1,"here"]]'));
      await Promise.all([each.link.drained(), each.link.room()]);

      expect(await asked).to.equal('here');
      expect(each.primary.frames).to.deep.equal([
        parcelFrame(1, 2, '[[2,0,"soup"]]'),
        ...[messageFrame('salad'), messageFrame('stew'), requestFrame(1, 'pepper')],
        parcelFrame(2, 2, '[[3,1,"salt"]]'),
      ]);
    });

    it('keeps what they say until the worker is initialized, but for answers', async () => {
      using each = setUp();
      const asked = each.link.request({ to: 2, message: 'salt', timeout: 500 });
      each.primary.says(
        messageFrame('first'),
        said('[[2,0,"second"],[3,7,"third"],[4,1,"answer"]]'),
        messageFrame('last'),
      );

      expect(await asked).to.equal('answer');
      expect(each.told).to.deep.equal([]);
      each.link.release();
      expect(each.told.map(([name, , from]) => [name, from])).to.deep.equal([
        ...[
          ['message', undefined],
          ['peerMessage', bob],
          ['peerRequest', bob],
          ['message', undefined],
        ],
      ]);
    });

    it('hands over what is queued for them, too, when the process exits', () => {
      using each = setUp();
      for (const number of [1, 2, 3]) void each.link.send({ to: 2, message: number });
      each.primary.tells('exit', 0);

      expect(each.primary.frames.map(frame => frame[3])).to.deep.equal(['[[2,0,1]]', '[[15,0,[2,3]]]']);
    });

    it('ends with the primary', async () => {
      using each = setUp();
      const reason = new Error('closed');
      const outcomes = [{ to: 2 }, { to: 'bob' }, {}].map(to =>
        rejection(each.link.request({ ...to, message: 1, timeout: 500 })),
      );
      each.link.close(reason);

      for (const outcome of outcomes) expect(await outcome).to.equal(reason);
    });
  });

  it('hands over what is queued when the process exits', () => {
    using each = setUp();
    each.link.greet(undefined);
    for (const number of [1, 2, 3]) void each.link.peer.send(number);
    each.primary.tells('exit', 0);

    expect(each.primary.frames.slice(1).map(frame => frame[2])).to.deep.equal([1, 2, 3]);
  });
});
