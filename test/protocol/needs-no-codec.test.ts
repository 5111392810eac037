import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  abortFrame,
  activateFrame,
  beatFrame,
  cancelFrame,
  creditFrame,
  deliveredFrame,
  endFrame,
  errorFrame,
  FrameKind,
  farewellFrame,
  foundFrame,
  helloFrame,
  itemFrame,
  messageFrame,
  openFrame,
  parcelFrame,
  readyFrame,
  replyFrame,
  requestFrame,
  seekFrame,
  serveFrame,
  standbyFrame,
  statusFrame,
  stopFrame,
  storeFrame,
  undeliveredFrame,
} from '../../lib/protocol/frame.js';
import { packFrames } from '../../lib/protocol/frame-run.js';
import { needsNoCodec } from '../../lib/protocol/needs-no-codec.js';

const own = [
  ...[helloFrame(), readyFrame(), errorFrame(1, {}), abortFrame(1), creditFrame(1, 5), endFrame(1)],
  ...[cancelFrame(1), deliveredFrame(1), undeliveredFrame(1, {}), foundFrame(1, [2]), farewellFrame(1)],
  ...[beatFrame(0, { load: 1 }), statusFrame('BUSY'), stopFrame('reload', 5)],
  ...[standbyFrame(), activateFrame({ name: 'cook', slot: 0 }), serveFrame(1, { act: 'close' })],
];
const ofUsers = [
  ...[messageFrame('a'), messageFrame(undefined), requestFrame(1, 'a'), replyFrame(1, 'a')],
  ...[openFrame(1, 5, 'a'), itemFrame(1, 'a'), storeFrame(1, {})],
  ...[parcelFrame(1, 2, 'a'), seekFrame(1, { to: { select: 'hash', key: 'x' }, tag: '' })],
];

describe('needsNoCodec', () => {
  it('knows every kind of frame', () => {
    expect(new Set([...own, ...ofUsers].map(([kind]) => kind))).to.deep.equal(new Set(Object.values(FrameKind)));
  });

  it('is so for what the library wrote itself', () => {
    expect(own.filter(frame => !needsNoCodec([frame]))).to.deep.equal([]);
    expect(needsNoCodec(own)).to.equal(true);
    expect(needsNoCodec([])).to.equal(true);
  });

  it('is not so as soon as one frame may hold something of a user', () => {
    expect(ofUsers.filter(frame => needsNoCodec([frame]))).to.deep.equal([]);
    expect(needsNoCodec([...own, messageFrame('a')])).to.equal(false);
    expect(needsNoCodec([messageFrame('a'), ...own])).to.equal(false);
    expect(needsNoCodec([...own, ...packFrames([messageFrame('a'), messageFrame('b')])])).to.equal(false);
  });

  it('is not so for what is no batch, and survives it', () => {
    const unprintable = Object.assign(Object.create(null), { toString: 1 });
    const values = ['text', null, undefined, 7, {}, [7], [[]], [[-1]], [['0']], [[unprintable]], new Uint8Array(2)];
    values.push(new Array(4_000_000_000));

    expect(values.filter(value => needsNoCodec(value))).to.deep.equal([]);
  });
});
