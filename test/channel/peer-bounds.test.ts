import { expect } from 'chai';
import { describe, it } from 'mocha';
import { boundsOf } from '../../lib/channel/peer-bounds.js';
import { FakeClock } from '../support/fake-clock.js';

const clock = new FakeClock();

describe('boundsOf', () => {
  it('has defaults', () => {
    expect(boundsOf({ clock, distrust: true })).to.deep.equal({
      timeout: 30_000,
      mostPending: 100_000,
      mostUnread: 300_000,
    });
  });

  it('lets the other side leave unread what may be asked, twice, and what may be sent to it', () => {
    const bounds = { maxPendingRequests: 5, maxQueuedMessages: 7 };

    expect(boundsOf({ clock, ...bounds, distrust: true, defaultTimeout: 9 })).to.deep.equal({
      timeout: 9,
      mostPending: 5,
      mostUnread: 17,
    });
  });

  it('does not mind what somebody leaves unread who is trusted', () => {
    expect(boundsOf({ clock, maxPendingRequests: 5 }).mostUnread).to.equal(Number.POSITIVE_INFINITY);
  });
});
