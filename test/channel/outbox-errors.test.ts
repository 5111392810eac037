import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  encodingError,
  excessError,
  partlyFailed,
  queueFull,
  tooLarge,
  tooManyRequests,
  unserializable,
} from '../../lib/channel/outbox-errors.js';
import { ChannelClosedError, UnserializableMessageError } from '../../lib/errors/errors.js';
import { ScriptedChannel } from '../support/scripted-channel.js';

const channel = new ScriptedChannel();

describe('outbox errors', () => {
  it('say what cannot be carried, and where', () => {
    expect(unserializable({ path: 'dish.price', found: 'a BigInt' }, channel).message).to.equal(
      'The message holds at `dish.price` a BigInt, which json serialization cannot carry',
    );
    expect(unserializable({ path: '', found: 'a function' }, channel).message).to.include('The message is a function');
  });

  it('keep why encoding failed, and what says enough as it is', () => {
    const cause = new Error('a getter threw');
    const closed = new ChannelClosedError('closed', { peer: 'worker 1' });

    expect(encodingError(cause, channel)).to.include({ code: 'CLUSTER_UNSERIALIZABLE_MESSAGE', cause });
    const bytes = new UnserializableMessageError('no bytes', { path: '', found: 'bytes' });
    expect(encodingError(closed, channel)).to.equal(closed);
    expect(encodingError(bytes, channel)).to.equal(bytes);
  });

  it('say which limit was reached', () => {
    expect(tooLarge(2000, 1000).details).to.deep.equal({ bytes: 2000, limit: 1000 });
    expect(queueFull('maxQueuedBytes', channel).details).to.deep.equal({ peer: 'worker 1', limit: 'maxQueuedBytes' });
    expect(tooManyRequests(channel).details).to.deep.equal({ peer: 'worker 1', limit: 'maxPendingRequests' });
    expect(excessError('size', { maxMessageBytes: 10, maxDepth: 5 }).details.limit).to.equal(10);
    expect(excessError('depth', { maxMessageBytes: 10, maxDepth: 5 }).message).to.include('nested deeper');
  });

  it('say how many a message did not reach, and why', () => {
    const gone = new Error('gone');

    const error = partlyFailed([gone], 3);

    expect(error).to.be.instanceOf(AggregateError).that.includes({ message: 'The message did not reach 1 of 3' });
    expect(error.errors).to.deep.equal([gone]);
  });
});
