import { Server, Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { dropHandle, Intake, type IntakeSink } from '../../lib/channel/intake.js';
import { abortFrame, FrameKind, messageFrame, replyFrame, requestFrame, serveFrame } from '../../lib/protocol/frame.js';
import { mostFramesReceived, packFrames, RunKind } from '../../lib/protocol/frame-run.js';
import { uncaught } from '../support/uncaught.js';

const { message, request, reply } = FrameKind;

function setUp(fail: (body: unknown) => void = () => {}) {
  const told: unknown[] = [];
  const sink: IntakeSink = {
    expect: frames => told.push(['expect', frames]),
    take: (kind, id, body) => {
      fail(body);
      told.push([kind, id, body]);
    },
    takeWithHandle: (kind, id, { body, handle }) => {
      fail(body);
      told.push([kind, id, body, handle]);
    },
    takeOther: (frame, handle) => told.push(handle ? [...frame, handle] : frame),
    refuse: reason => told.push(reason),
  };
  return { told, intake: new Intake(sink) };
}

describe('Intake', () => {
  it('takes a batch apart, in order', () => {
    const { told, intake } = setUp();
    const frames = [messageFrame('a'), messageFrame('b'), abortFrame(3), requestFrame(4, 'c'), replyFrame(5, 'd')];

    intake.received(packFrames(frames), undefined);

    const { abort } = FrameKind;
    expect(told).to.deep.equal([
      ['expect', 5],
      [message, 0, 'a'],
      [message, 0, 'b'],
      [abort, 3],
      [request, 4, 'c'],
      [reply, 5, 'd'],
    ]);
  });

  it('gives a message without a body none', () => {
    const { told, intake } = setUp();

    intake.received([messageFrame(undefined)], undefined);

    expect(told.at(-1)).to.deep.equal([message, 0, undefined]);
  });

  const refused: readonly (readonly [what: string, payload: unknown])[] = [
    ['no batch', 'hello'],
    ['a batch of too many', new Array(mostFramesReceived + 1)],
    ['a batch of too many in runs', new Array(9).fill([RunKind.messages, 0, new Array(mostFramesReceived / 8)])],
    ['an element that is no frame', [7]],
    ['a frame of unknown kind', [[99, 0]]],
    ['a malformed run', [[RunKind.requests, 0, ['a']]]],
    ['a sparse run', [[RunKind.messages, 0, new Array(4_000_000_000)]]],
  ];

  for (const [what, payload] of refused) {
    it(`refuses ${what}`, () => {
      const { told, intake } = setUp();

      intake.received(payload, undefined);

      expect(told.at(-1)).to.be.a('string');
      expect(told.filter(each => typeof each !== 'string' && !String(each).startsWith('expect'))).to.deep.equal([]);
    });
  }

  it('goes on after what it refuses', () => {
    const { told, intake } = setUp();

    intake.received([[99, 0], [RunKind.items, 0, []], messageFrame('a')], undefined);

    expect(told.at(-1)).to.deep.equal([message, 0, 'a']);
  });

  for (const kind of ['single frames', 'runs'] as const) {
    it(`goes on in ${kind} after what made its sink throw, and lets that be heard`, async () => {
      const { told, intake } = setUp(body => {
        if (body === 'bad') throw new Error('a bug');
      });
      const frames = ['bad', 'good'].map(messageFrame);

      const errors = await uncaught(() => intake.received(kind === 'runs' ? packFrames(frames) : frames, undefined));

      expect(told.at(-1)).to.deep.equal([message, 0, 'good']);
      expect(errors).to.have.lengthOf(1);
    });
  }

  describe('with a handle', () => {
    it('gives it to the message it came with', () => {
      const { told, intake } = setUp();
      const handle = new Server();

      intake.received([messageFrame('here')], handle);
      intake.received([requestFrame(1, 'take it')], handle);

      expect(told).to.deep.equal([
        [message, 0, 'here', handle],
        [request, 1, 'take it', handle],
      ]);
    });

    it('gives it to the serve frame it came with', () => {
      const { told, intake } = setUp();
      const handle = new Socket();
      const frame = serveFrame(1, { act: 'connection', connection: 5 });

      intake.received([frame], handle);
      expect(told).to.deep.equal([[...frame, handle]]);
      handle.destroy();
    });

    it('drops one that came with a malformed or not a single serve frame', () => {
      const frame = serveFrame(1, { act: 'close' });
      for (const batch of [[frame, frame], [[FrameKind.serve, 1]], [[FrameKind.serve, -1, {}]]]) {
        const { told, intake } = setUp();
        const handle = new Socket();

        intake.received(batch, handle);

        expect(handle.destroyed).to.equal(true);
        expect(told[0]).to.equal('a handle that belongs to no message');
        expect(told).to.not.deep.include(handle);
      }
    });

    it('drops one that belongs to no single message, and takes the rest', () => {
      const { told, intake } = setUp();
      const handle = new Socket();

      intake.received(['a', 'b'].map(messageFrame), handle);

      expect(handle.destroyed).to.equal(true);
      expect(told[0]).to.equal('a handle that belongs to no message');
      expect(told.slice(2)).to.deep.equal([
        [message, 0, 'a'],
        [message, 0, 'b'],
      ]);
    });
  });
});

describe('dropHandle', () => {
  it('closes a server, and minds no second time', () => {
    const server = new Server();

    dropHandle(server);
    dropHandle(server);
    dropHandle(undefined);

    expect(server.listening).to.equal(false);
  });
});
