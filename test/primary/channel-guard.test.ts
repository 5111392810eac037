import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { guardChannel } from '../../lib/primary/channel-guard.js';

describe('guardChannel', () => {
  const setUp = () => {
    const process = new EventEmitter();
    const refused: unknown[] = [];
    guardChannel(process, error => refused.push(error));
    return { process, refused };
  };
  const failure = new Error('queue is null');
  const fail = () => {
    throw failure;
  };

  it("catches what Node's own listeners throw at a message in Node's name", () => {
    const { process, refused } = setUp();
    process.on('internalMessage', fail);

    expect(process.emit('internalMessage', { cmd: 'NODE_HANDLE_ACK' })).to.equal(true);
    expect(refused).to.deep.equal([failure]);
  });

  it('lets the same messages through to listeners that can take them', () => {
    const { process, refused } = setUp();
    const heard: unknown[] = [];
    process.on('internalMessage', (...values) => heard.push(values));

    expect(process.emit('internalMessage', 'message', 'handle')).to.equal(true);
    expect(heard).to.deep.equal([['message', 'handle']]);
    expect(refused).to.deep.equal([]);
  });

  it('leaves every other event as it is', () => {
    const { process, refused } = setUp();
    process.on('exit', fail);

    expect(() => process.emit('exit', 0)).to.throw(failure);
    expect(process.emit('nothing')).to.equal(false);
    expect(refused).to.deep.equal([]);
  });
});
