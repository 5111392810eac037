import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Outbox } from '../../lib/channel/outbox.js';
import { defaultRules } from '../../lib/channel/outbox-rules.js';
import { StoreLine } from '../../lib/channel/store-line.js';
import { BackpressureError, ChannelClosedError, MessageTooLargeError } from '../../lib/errors/errors.js';
import { type Frame, FrameKind } from '../../lib/protocol/frame.js';
import { RecordingHooks } from '../support/conversation.js';
import { ScriptedChannel } from '../support/scripted-channel.js';
import { settled } from '../support/settled.js';

function setUp(options: object = {}) {
  const channel = new ScriptedChannel();
  const failures: (readonly [id: number, error: unknown])[] = [];
  const heard: (readonly [id: number, body: unknown])[] = [];
  const hooks = Object.assign(new RecordingHooks(), {
    store: (id: number, body: unknown) => void heard.push([id, body]),
    storeFailed: (id: number, error: unknown) => void failures.push([id, error]),
  });
  const onFailure = (error: unknown, [, id]: Frame) => line.failed(id as number, error);
  const outbox = new Outbox(channel, { ...options, onFailure });
  const line: StoreLine = new StoreLine(outbox, hooks);
  const finish = () => {
    for (let done = 0; done < channel.writes.length; done++) channel.finish(done);
  };
  return { channel, outbox, line, failures, heard, finish };
}

describe('StoreLine', () => {
  it('sends a body with its id, in order', () => {
    const { line, channel } = setUp();

    line.post(1, 'a.b');
    line.post(2, ['set', 'a', 1]);
    channel.finish(0);

    expect(channel.frames).to.deep.equal([
      [FrameKind.store, 1, 'a.b'],
      [FrameKind.store, 2, ['set', 'a', 1]],
    ]);
  });

  it('waits for the cork, as messages do', () => {
    const { line, channel, outbox } = setUp();
    outbox.cork();
    line.post(1, 'a');
    expect(channel.frames).to.deep.equal([]);

    outbox.uncork();
    expect(channel.frames).to.have.lengthOf(1);
  });

  it('refuses only what is limited when there is no room', () => {
    const { line, failures, outbox } = setUp({ maxQueuedMessages: 1 });

    for (const id of [1, 2]) line.post(id, 'a', { limited: true });
    line.post(3, 'a');

    expect(failures.map(([id]) => id)).to.deep.equal([2]);
    expect(failures[0]?.[1]).to.be.instanceOf(BackpressureError);
    expect(outbox.pending).to.equal(2);
  });

  it('tells what cannot be sent', () => {
    const { line, failures, outbox } = setUp({ maxMessageBytes: 100 });

    line.post(1, 'x'.repeat(200));
    outbox.close(new ChannelClosedError('gone', { peer: 'the primary' }));
    line.post(2, 'a');

    expect(failures.map(([id]) => id)).to.deep.equal([1, 2]);
    expect(failures[0]?.[1]).to.be.instanceOf(MessageTooLargeError);
    expect(failures[1]?.[1]).to.be.instanceOf(ChannelClosedError);
  });

  it('is crowded while much waits, and tells when it is not', async () => {
    const { line, finish } = setUp();
    const { mostWrites, mostBytes } = defaultRules;
    let isFree = false;
    for (let count = 2 * mostWrites; count > 0; count--) {
      expect(line.crowded).to.equal(false);
      line.post(0, 'x'.repeat(mostBytes));
    }
    expect(line.crowded).to.equal(true);
    const free = line.uncrowded().then(() => {
      isFree = true;
    });
    await settled();
    expect(isFree).to.equal(false);

    finish();
    await free;

    expect(line.crowded).to.equal(false);
    await line.uncrowded();
  });

  it('hears what the other side says, if anybody listens', () => {
    const { line, heard } = setUp();

    expect(line.take(5, 'a.b')).to.equal(true);
    expect(heard).to.deep.equal([[5, 'a.b']]);

    const deaf = new StoreLine(new Outbox(new ScriptedChannel()), new RecordingHooks());
    expect(deaf.take(5, 'a.b')).to.equal(false);
    expect(() => deaf.failed(5, new Error('lost'))).to.not.throw();
  });
});
