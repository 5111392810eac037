import { Readable } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { IncomingCall, isAsyncIterable } from '../../lib/channel/incoming-call.js';

class Call extends IncomingCall {
  settled = false;

  reply(): boolean {
    return this.fail();
  }
  fail(): boolean {
    this.settled = true;
    return true;
  }
}

describe('IncomingCall', () => {
  it('knows what was asked', () => {
    expect(new Call(7, { body: { type: 'menu' }, handle: undefined })).to.deep.include({
      id: 7,
      body: { type: 'menu' },
    });
  });

  it('has one signal, aborted with the reason', () => {
    const call = new Call(1, { body: 'menu', handle: undefined });
    const { signal } = call;

    call.abort('enough');
    call.abort('again');

    expect(call.signal).to.equal(signal);
    expect(signal.reason).to.equal('enough');
    expect(call.aborted).to.equal(true);
  });

  it('has a signal that is aborted already if it is first read after that', () => {
    const call = new Call(1, { body: 'menu', handle: undefined });
    call.abort('enough');

    expect(call.signal.reason).to.equal('enough');
  });

  it('is not aborted once it is settled', () => {
    const call = new Call(1, { body: 'menu', handle: undefined });
    call.reply();

    call.abort('late');

    expect(call.signal.aborted).to.equal(false);
  });
});

describe('isAsyncIterable', () => {
  it('takes generators and readable streams', () => {
    expect([(async function* () {})(), Readable.from(['soup'])].every(isAsyncIterable)).to.equal(true);
  });

  it('takes nothing else', () => {
    const others = [undefined, null, 'text', [], new Map(), (function* () {})(), Promise.resolve([])];

    expect(others.some(isAsyncIterable)).to.equal(false);
  });
});
