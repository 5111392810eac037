import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ChannelListener } from '../../lib/channel/channel.js';
import { Peer } from '../../lib/channel/peer.js';
import { requestFrame } from '../../lib/protocol/frame.js';
import { RecordingHooks } from '../support/conversation.js';
import { FakeClock } from '../support/fake-clock.js';
import { ScriptedChannel } from '../support/scripted-channel.js';

/** A channel whose other side writes and never reads. */
class DeafChannel extends ScriptedChannel {
  listener: ChannelListener | undefined;

  override listen(listener?: ChannelListener): void {
    this.listener = listener;
  }
}

describe('Peer, of whom nobody reads the answers', () => {
  it('takes nothing more when too many wait, and says so', () => {
    const [channel, hooks] = [new DeafChannel(), new RecordingHooks()];
    const bounds = { maxPendingRequests: 10, maxQueuedMessages: 5 };
    new Peer(channel, hooks, { clock: new FakeClock(), distrust: true, ...bounds });
    hooks.answer = call => void call.reply(1);

    for (let id = 1; id <= 100; id++) channel.listener?.received([requestFrame(id, { type: 'x' })], undefined);

    // Twice the requests that may be open, the messages that may wait, and the one that is then too many.
    expect(hooks.requests).to.have.lengthOf(26);
    expect(new Set(hooks.violations)).to.deep.equal(new Set(['more than is read of the answers']));
  });
});
