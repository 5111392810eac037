import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { IncomingRequest } from '../../lib/channel/incoming-request.js';
import { IncomingRequests } from '../../lib/channel/incoming-requests.js';
import { type Frame, FrameKind, replyFrame } from '../../lib/protocol/frame.js';

function setUp() {
  const posted: Frame[] = [];
  const requests = new IncomingRequests(frame => posted.push(frame));
  const open = (id: number): IncomingRequest => {
    const request = requests.open(id, { type: 'status' }, undefined);
    if (request === undefined) throw new Error(`${id} is in use`);
    return request;
  };
  return { posted, requests, open };
}

describe('IncomingRequests', () => {
  it('sends an answer back', () => {
    const { posted, requests, open } = setUp();
    const request = open(1);
    expect(requests.size).to.equal(1);

    request.reply('idle');

    expect(posted).to.deep.equal([replyFrame(1, 'idle')]);
    expect(requests.size).to.equal(0);
  });

  it('sends an error back as plain data', () => {
    const { posted, open } = setUp();

    open(1).fail(new RangeError('too many'));

    expect(posted[0]?.slice(0, 2)).to.deep.equal([FrameKind.error, 1]);
    expect(posted[0]?.[2]).to.include({ name: 'RangeError', message: 'too many' });
    expect(JSON.parse(JSON.stringify(posted))).to.deep.equal(posted);
  });

  it('refuses an id that is in use', () => {
    const { requests, open } = setUp();
    const first = open(1);

    expect(requests.open(1, 'again', undefined)).to.equal(undefined);

    first.reply('done');
    expect(open(1).body).to.deep.equal({ type: 'status' });
  });

  it('sends no answer to a request that was given up, but counts it until its handler is done', () => {
    const { posted, requests, open } = setUp();
    const request = open(1);

    requests.abort(1);
    requests.abort(99);
    expect(request.signal.aborted).to.equal(true);
    expect(requests.size).to.equal(1);

    request.reply('in vain');
    expect(posted).to.deep.equal([]);
    expect(requests.size).to.equal(0);
  });

  it('aborts everything when the other side is gone', () => {
    const { posted, requests, open } = setUp();
    const [first, second] = [open(1), open(2)];

    requests.close('gone');
    first.reply('in vain');

    expect(second.signal.reason).to.equal('gone');
    expect(posted).to.deep.equal([]);
  });
});
