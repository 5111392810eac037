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
  type Frame,
  FrameKind,
  farewellFrame,
  foundFrame,
  frameBody,
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
import { isFrame } from '../../lib/protocol/frame-guard.js';

const body = { type: 'cook' };

const made: readonly (readonly [name: string, frame: Frame, body?: unknown])[] = [
  ['hello', helloFrame()],
  ['ready', readyFrame()],
  ['message', messageFrame(body), body],
  ['request', requestFrame(1, body), body],
  ['reply', replyFrame(1, body), body],
  ['error', errorFrame(1, { message: 'no' })],
  ['abort', abortFrame(1)],
  ['open', openFrame(1, 8, body), body],
  ['item', itemFrame(1, body), body],
  ['credit', creditFrame(1, 8)],
  ['end', endFrame(1)],
  ['beat', beatFrame(1, { memory: 1 })],
  ['status', statusFrame('IDLE')],
  ['stop', stopFrame('shutDown', 100)],
  ['store', storeFrame(1, body), body],
  ['cancel', cancelFrame(1)],
  ['parcel', parcelFrame(1, 2, '[[2,0]]'), '[[2,0]]'],
  ['delivered', deliveredFrame(1)],
  ['undelivered', undeliveredFrame(1, { message: 'gone' }, [0])],
  ['seek', seekFrame(1, { to: 'cook', tag: 'taste' })],
  ['found', foundFrame(1, [2])],
  ['farewell', farewellFrame(2, { message: 'gone' })],
  ['standby', standbyFrame()],
  ['activate', activateFrame({ name: 'cook', slot: 0 })],
  ['serve', serveFrame(1, { act: 'close' })],
];

describe('frame', () => {
  it('has a maker for every kind', () => {
    expect(made.map(([name]) => name)).to.have.members(Object.keys(FrameKind));
  });

  for (const [name, frame, carried] of made) {
    describe(`${name}Frame`, () => {
      it('makes a frame of its kind that the guard accepts', () => {
        expect(frame[0]).to.equal(FrameKind[name as keyof typeof FrameKind]);
        expect(isFrame(frame)).to.equal(true);
      });

      it('survives JSON', () => {
        expect(JSON.parse(JSON.stringify(frame))).to.deep.equal(frame);
      });

      it('tells which part of it a user wrote', () => {
        expect(frameBody(frame)).to.equal(carried);
      });
    });
  }

  it('has a number for every kind that older sides know: they are never changed', () => {
    expect(FrameKind).to.include({ hello: 0, ready: 1, message: 2, beat: 11, store: 14, cancel: 19, farewell: 25 });
    expect(FrameKind).to.include({ standby: 26, activate: 27, serve: 29 });
  });

  it('leaves a body of undefined out, because JSON would make it null', () => {
    expect(messageFrame(undefined)).to.deep.equal([FrameKind.message, 0]);
    expect(requestFrame(1, undefined)).to.deep.equal([FrameKind.request, 1]);
    expect(replyFrame(1, undefined)).to.deep.equal([FrameKind.reply, 1]);
    expect(itemFrame(1, undefined)).to.deep.equal([FrameKind.item, 1]);
    expect(openFrame(1, 8, undefined)).to.deep.equal([FrameKind.open, 1, 8]);
    expect(beatFrame(1)).to.deep.equal([FrameKind.beat, 1]);
  });

  it('says that there is no time limit by leaving it out', () => {
    expect(stopFrame('shutDown')).to.deep.equal([FrameKind.stop, 0, { reason: 'shutDown' }]);
  });
});
