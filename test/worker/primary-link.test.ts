import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Codec } from '../../lib/channel/codec.js';
import { CodecMismatchError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import {
  beatFrame,
  FrameKind,
  failureFrame,
  helloFrame,
  messageFrame,
  readyFrame,
  requestFrame,
  statusFrame,
  stopFrame,
} from '../../lib/protocol/frame.js';
import { PrimaryLink } from '../../lib/worker/primary-link.js';
import { textCodec } from '../support/codecs.js';
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
    ...{ message: note('message'), request: note('request'), stop: note('stop') },
    ...{ violation: note('violation'), sendFailed: note('sendFailed') },
  };
  const link = new PrimaryLink(listener, { serialization: 'json', clock: new FakeClock(), codec });
  return { primary, told, link, [Symbol.dispose]: () => primary[Symbol.dispose]() };
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

  it('tells what could not be sent', async () => {
    using each = setUp();
    const error = await rejection(each.link.peer.send({ amount: 1n }));

    expect(each.told).to.deep.equal([['sendFailed', error, { amount: 1n }]]);
  });

  it('hands over what is queued when the process exits', () => {
    using each = setUp();
    each.link.greet(undefined);
    for (const number of [1, 2, 3]) void each.link.peer.send(number);
    each.primary.tells('exit', 0);

    expect(each.primary.frames.slice(1).map(frame => frame[2])).to.deep.equal([1, 2, 3]);
  });
});
