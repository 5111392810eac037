import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  abortFrame,
  endFrame,
  type Frame,
  FrameKind,
  itemFrame,
  messageFrame,
  replyFrame,
  requestFrame,
} from '../../lib/protocol/frame.js';
import { frameFault } from '../../lib/protocol/frame-guard.js';
import {
  isRun,
  looksLikeRun,
  mostFramesReceived,
  packFrames,
  RunKind,
  runFault,
  singleKindOf,
  unpackFrames,
} from '../../lib/protocol/frame-run.js';

describe('packFrames', () => {
  it('leaves a frame alone that has no neighbour of its kind', () => {
    const frames = [messageFrame('a'), requestFrame(1, 'b'), messageFrame('c')];

    expect(packFrames(frames)).to.deep.equal(frames);
  });

  it('makes one run of neighbours of a kind', () => {
    expect(packFrames([messageFrame('a'), messageFrame('b')])).to.deep.equal([[RunKind.messages, 0, ['a', 'b']]]);
    expect(packFrames([requestFrame(1, 'a'), requestFrame(2, 'b')])).to.deep.equal([
      [RunKind.requests, [1, 2], ['a', 'b']],
    ]);
    expect(packFrames([replyFrame(1, 'a'), replyFrame(4, 'b')])).to.deep.equal([[RunKind.replies, [1, 4], ['a', 'b']]]);
    expect(packFrames([itemFrame(1, 'a'), itemFrame(1, 'b')])).to.deep.equal([[RunKind.items, [1, 1], ['a', 'b']]]);
  });

  it('keeps a frame without a body out of a run, where JSON would give it one', () => {
    const frames = [messageFrame('a'), messageFrame(undefined), messageFrame('b')];

    expect(packFrames(frames)).to.deep.equal(frames);
  });

  it('never packs frames that steer', () => {
    const frames = [abortFrame(1), abortFrame(2), endFrame(1), endFrame(2)];

    expect(packFrames(frames)).to.deep.equal(frames);
  });
});

describe('unpackFrames', () => {
  it('gives back what was packed, in order, also after JSON', () => {
    const body = fc.option(fc.jsonValue(), { nil: undefined });
    const frame: fc.Arbitrary<Frame> = fc.oneof(
      body.map(messageFrame),
      fc.tuple(fc.nat(), body).map(([id, value]) => requestFrame(id, value)),
      fc.tuple(fc.nat(), body).map(([id, value]) => replyFrame(id, value)),
      fc.tuple(fc.nat(), body).map(([id, value]) => itemFrame(id, value)),
      fc.nat().map(abortFrame),
    );
    fc.assert(
      fc.property(fc.array(frame), frames => {
        const arrived = JSON.parse(JSON.stringify(packFrames(frames)));

        expect(unpackFrames(arrived)).to.deep.equal(JSON.parse(JSON.stringify(frames)));
      }),
    );
  });
});

describe('runFault', () => {
  const wrong: readonly (readonly [what: string, value: readonly [RunKind, ...unknown[]]])[] = [
    ['bodies that are no array', [RunKind.messages, 0, 'bodies']],
    ['an element too many', [RunKind.messages, 0, [], 1]],
    ['ids of messages', [RunKind.messages, [1], ['a']]],
    ['no ids', [RunKind.requests, 0, ['a']]],
    ['too few ids', [RunKind.replies, [1], ['a', 'b']]],
    ['an id that is none', [RunKind.items, [1, -1], ['a', 'b']]],
    ['an id that is text', [RunKind.items, ['1'], ['a']]],
    ['more bodies than there could be', [RunKind.messages, 0, new Array(mostFramesReceived + 1)]],
  ];

  for (const [what, value] of wrong) {
    it(`finds ${what}`, () => {
      expect(runFault(value)).to.be.a('string');
      expect(isRun(value)).to.equal(false);
    });
  }

  it('finds nothing in a run', () => {
    expect(runFault([RunKind.requests, [1, 2], ['a', undefined]])).to.equal(undefined);
  });
});

describe('looksLikeRun', () => {
  it('knows runs by their kind', () => {
    expect([[RunKind.items], [FrameKind.message], ['15'], [], 15, null].map(looksLikeRun)).to.deep.equal([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('RunKind', () => {
  it('shares no number with the kind of a single frame', () => {
    for (const kind of Object.values(RunKind)) expect(frameFault([kind, 0, []])).to.equal('a frame of unknown kind');
  });

  it('leads back to the kind of its frames', () => {
    expect(Object.values(RunKind).map(singleKindOf)).to.deep.equal([
      FrameKind.message,
      FrameKind.request,
      FrameKind.reply,
      FrameKind.item,
      FrameKind.store,
    ]);
  });
});
