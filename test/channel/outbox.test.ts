import { Server } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Outbox } from '../../lib/channel/outbox.js';
import type { OutboxOptions } from '../../lib/channel/outbox-options.js';
import { defaultRules } from '../../lib/channel/outbox-rules.js';
import { PartialFailure } from '../../lib/channel/partial-failure.js';
import { BackpressureError, ChannelClosedError, UnserializableMessageError } from '../../lib/errors/errors.js';
import { abortFrame, type Frame, messageFrame, replyFrame } from '../../lib/protocol/frame.js';
import { ScriptedChannel } from '../support/scripted-channel.js';

const { enoughFrames, mostWrites } = defaultRules;
const user = { hold: true } as const;

interface Failure {
  readonly error: unknown;
  readonly frame: Frame;
}

function setUp(options: OutboxOptions = {}) {
  const channel = new ScriptedChannel();
  const failures: Failure[] = [];
  const outbox = new Outbox(channel, { onFailure: (error, frame) => failures.push({ error, frame }), ...options });
  return { channel, failures, outbox };
}

function frames(...bodies: readonly unknown[]): Frame[] {
  return bodies.map(body => messageFrame(body));
}

function sendAll(outbox: Outbox, bodies: readonly unknown[]): Promise<void>[] {
  return bodies.map(body => outbox.send(messageFrame(body), user));
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'sent',
    error => error,
  );
}

/** Resolves when every microtask and tick that is due has run. */
function tasksDone(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** A message that can be checked but not encoded, since what its `toJSON` does is nobody's business before. */
function treacherous(): object {
  return {
    toJSON() {
      throw new Error('changed my mind');
    },
  };
}

describe('Outbox', () => {
  describe('#send', () => {
    it('writes at once while no write is outstanding', () => {
      const { channel, outbox } = setUp();

      void outbox.send(messageFrame('a'));

      expect(channel.writes[0]?.frames).to.deep.equal(frames('a'));
    });

    it('resolves when the operating system took the frame', async () => {
      const { channel, outbox } = setUp();
      const sent = outbox.send(messageFrame('a'));
      expect(outbox.pending).to.equal(1);

      channel.finish(0);

      expect(await outcome(sent)).to.equal('sent');
      expect(outbox.pending).to.equal(0);
    });

    it('resolves with what its sender promised', async () => {
      const { channel, outbox } = setUp();
      const sent = outbox.send(messageFrame('a'), user, ['worker 1']);

      channel.finish(0);

      expect(await sent).to.deep.equal(['worker 1']);
    });

    it('gathers what is sent before the first write is done', () => {
      const { channel, outbox } = setUp();
      sendAll(outbox, ['a', 'b', 'c']);
      expect(channel.sizes).to.deep.equal([1]);

      channel.finish(0);

      expect(channel.sizes).to.deep.equal([1, 2]);
      expect(channel.frames).to.deep.equal(frames('a', 'b', 'c'));
    });

    it('writes full batches without waiting, up to a few', () => {
      const { channel, outbox } = setUp();

      sendAll(
        outbox,
        Array.from({ length: 2_000 }, (_, index) => index),
      );
      expect(channel.sizes).to.deep.equal([1, 256, 256, 256]);
      expect(channel.sizes).to.have.lengthOf(mostWrites);

      channel.finish(0);
      expect(channel.sizes).to.deep.equal([1, 256, 256, 256, 256]);
    });

    it('writes a batch that is full by its bytes', () => {
      const { channel, outbox } = setUp();

      sendAll(outbox, ['a', ...new Array(9).fill('x'.repeat(8_000))]);

      expect(channel.sizes).to.deep.equal([1, 8, 1]);
    });

    it('sends a handle alone, in its place', () => {
      const { channel, outbox } = setUp();
      const handle = new Server();
      sendAll(outbox, ['a', 'b']);
      void outbox.send(messageFrame('c'), { ...user, handle });
      sendAll(outbox, ['d', 'e']);

      channel.finish(0);

      expect(channel.sizes).to.deep.equal([1, 1, 1, 2]);
      expect(channel.frames).to.deep.equal(frames('a', 'b', 'c', 'd', 'e'));
      expect(channel.writes.map(write => write.handle)).to.deep.equal([undefined, undefined, handle, undefined]);
    });

    it('refuses what the serialization cannot carry, before anything is written', async () => {
      const { channel, failures, outbox } = setUp();

      const error = await outcome(outbox.send(messageFrame({ type: 'cook', price: 1n })));

      expect(error).to.be.instanceOf(UnserializableMessageError);
      expect(error).to.have.property(
        'message',
        'The message holds at `price` a BigInt, which json serialization cannot carry',
      );
      expect(channel.writes).to.deep.equal([]);
      expect(failures).to.deep.equal([{ error, frame: messageFrame({ type: 'cook', price: 1n }) }]);
      expect(outbox.pending).to.equal(0);
    });

    it('says it of the message itself, too', async () => {
      const { outbox } = setUp();

      expect(await outcome(outbox.send(messageFrame(1n)))).to.have.property(
        'message',
        'The message is a BigInt, which json serialization cannot carry',
      );
    });

    it('fails only the culprit of a batch that cannot be encoded', async () => {
      const { channel, failures, outbox } = setUp();
      const [first, second, third, fourth] = sendAll(outbox, ['a', 'b', treacherous(), 'd']);

      channel.finish(0);
      for (const index of [1, 2]) channel.finish(index);

      const outcomes = await Promise.all([first, second, third, fourth].map(each => outcome(each as Promise<void>)));
      expect(outcomes[2]).to.be.instanceOf(UnserializableMessageError);
      expect(outcomes.filter(each => each === 'sent')).to.have.lengthOf(3);
      expect(channel.frames).to.deep.equal(frames('a', 'b', 'd'));
      expect(failures.map(({ error }) => error)).to.deep.equal([outcomes[2]]);
      expect(outbox.pending).to.equal(0);
    });

    it('keeps what is sent from within a failure behind the rest of its batch', () => {
      const channel = new ScriptedChannel();
      const outbox: Outbox = new Outbox(channel, { onFailure: () => void outbox.send(messageFrame('late'), user) });
      sendAll(outbox, ['a', treacherous(), 'c']);

      channel.finish(0);

      expect(channel.frames).to.deep.equal(frames('a', 'c', 'late'));
    });

    it('rejects, and tells, when the channel closed', async () => {
      const { channel, failures, outbox } = setUp();
      channel.close();

      const error = await outcome(outbox.send(messageFrame('a')));

      expect(error).to.be.instanceOf(ChannelClosedError);
      expect(failures).to.have.lengthOf(1);
    });

    it('rejects all of a batch whose channel closed', async () => {
      const { channel, outbox } = setUp();
      const [first, ...rest] = sendAll(outbox, ['a', 'b', 'c']);
      channel.close();

      channel.finish(0);

      expect(await outcome(first as Promise<void>)).to.equal('sent');
      for (const each of rest) expect(await outcome(each)).to.be.instanceOf(ChannelClosedError);
      expect(outbox.pending).to.equal(0);
    });

    it('rejects when the operating system fails later', async () => {
      const { channel, failures, outbox } = setUp();
      const sent = outbox.send(messageFrame('a'));
      const error = new ChannelClosedError('gone', { peer: 'worker 1' });

      channel.finish(0, error);

      expect(await outcome(sent)).to.equal(error);
      expect(failures).to.deep.equal([{ error, frame: messageFrame('a') }]);
    });

    it('may be ignored', async () => {
      const { outbox } = setUp();
      const unhandled: unknown[] = [];
      const listener = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', listener);

      void outbox.send(messageFrame(1n));
      await new Promise(resolve => setImmediate(resolve));

      process.off('unhandledRejection', listener);
      expect(unhandled).to.deep.equal([]);
    });
  });

  it('holds frames that no limit is for, and never refuses them', async () => {
    const { channel, failures, outbox } = setUp({ maxQueuedMessages: 1 });
    outbox.cork();
    const sent = outbox.send(messageFrame('counts'), user);
    const free = outbox.send(messageFrame('does not'), { hold: true, limited: false });
    outbox.post(messageFrame('refused'), user);
    expect(channel.frames).to.deep.equal([]);
    outbox.uncork();
    channel.finish(0);
    await Promise.all([sent, free]);

    expect(channel.frames).to.deep.equal(frames('counts', 'does not'));
    expect(failures.map(({ frame }) => frame)).to.deep.equal(frames('refused'));
  });

  it('fails the frames that a write failed for, and no others', async () => {
    const { channel, failures, outbox } = setUp();
    const outcomes = sendAll(outbox, ['first', 'a', 'b', 'c']).map(outcome);
    const reason = new Error('prevented');
    channel.finish(0);
    channel.finish(1, new PartialFailure(reason, [1]));

    expect(await Promise.all(outcomes)).to.deep.equal(['sent', 'sent', reason, 'sent']);
    expect(failures).to.deep.equal([{ error: reason, frame: messageFrame('b') }]);
    expect(outbox.pending).to.equal(0);
  });

  describe('#gather', () => {
    it('writes once what microtasks send, however many follow each other', async () => {
      const { channel, outbox } = setUp();

      outbox.gather(3);
      sendAll(outbox, ['a']);
      await Promise.resolve();
      sendAll(outbox, ['b', 'c']);
      expect(channel.sizes).to.deep.equal([]);

      await tasksDone();
      expect(channel.sizes).to.deep.equal([3]);
      expect(channel.frames).to.deep.equal(frames('a', 'b', 'c'));
    });

    it('writes at once again when it is over', async () => {
      const { channel, outbox } = setUp();
      outbox.gather(2);

      await tasksDone();
      sendAll(outbox, ['a']);

      expect(channel.sizes).to.deep.equal([1]);
    });

    it('writes what is worth a write without waiting for more', () => {
      const { channel, outbox } = setUp();
      outbox.gather(64);

      sendAll(outbox, Array(2 * enoughFrames + 1).fill('a'));

      expect(channel.sizes).to.deep.equal([enoughFrames, enoughFrames]);
    });

    it('gathers no more bytes than go into a batch', () => {
      const { channel, outbox } = setUp();
      outbox.gather(64);

      sendAll(outbox, Array(9).fill('x'.repeat(8_000)));

      expect(channel.sizes).to.deep.equal([8, 1]);
    });

    it('leaves what gathers alone when an earlier write is done', async () => {
      const { channel, outbox } = setUp();
      sendAll(outbox, ['a']);
      outbox.gather(2);
      sendAll(outbox, ['b']);

      channel.finish(0);
      sendAll(outbox, ['c']);
      expect(channel.sizes).to.deep.equal([1]);

      await tasksDone();
      expect(channel.sizes).to.deep.equal([1, 2]);
    });

    it('gathers nothing because of a single frame', () => {
      const { channel, outbox } = setUp();
      outbox.gather(1);

      sendAll(outbox, ['a']);

      expect(channel.sizes).to.deep.equal([1]);
    });

    it('keeps nothing from a flush at the end', () => {
      const { channel, outbox } = setUp();
      outbox.gather(2);
      sendAll(outbox, ['a', 'b']);

      outbox.flushSync();

      expect(channel.sizes).to.deep.equal([2]);
    });
  });

  describe('abort', () => {
    it('takes back what was not written', async () => {
      const { channel, failures, outbox } = setUp();
      const controller = new AbortController();
      void outbox.send(messageFrame('a'), user);
      const aborted = outbox.send(messageFrame('b'), { ...user, signal: controller.signal });
      void outbox.send(messageFrame('c'), user);

      controller.abort('changed my mind');
      channel.finish(0);

      expect(await outcome(aborted)).to.equal('changed my mind');
      expect(channel.frames).to.deep.equal(frames('a', 'c'));
      expect(failures).to.deep.equal([]);
    });

    it('comes too late for what was written', async () => {
      const { channel, outbox } = setUp();
      const controller = new AbortController();
      const sent = outbox.send(messageFrame('a'), { signal: controller.signal });

      controller.abort();
      channel.finish(0);

      expect(await outcome(sent)).to.equal('sent');
    });

    it('can have come before', async () => {
      const { channel, outbox } = setUp();

      const sent = outbox.send(messageFrame('a'), { signal: AbortSignal.abort('no') });

      expect(await outcome(sent)).to.equal('no');
      expect(channel.writes).to.deep.equal([]);
      expect(outbox.pending).to.equal(0);
    });
  });

  describe('#cork', () => {
    it('holds user frames, and lets others pass', () => {
      const { channel, outbox } = setUp();
      outbox.cork();

      sendAll(outbox, ['a', 'b']);
      outbox.post(replyFrame(1, 'answer'));

      expect(outbox.corked).to.equal(true);
      expect(outbox.pending).to.equal(3);
      expect(channel.frames).to.deep.equal([replyFrame(1, 'answer')]);
    });

    it('keeps the order when the cork is pulled', () => {
      const { channel, outbox } = setUp();
      outbox.cork();
      sendAll(outbox, ['a', 'b']);

      outbox.uncork();
      sendAll(outbox, ['c']);
      channel.finish(0);

      expect(channel.frames).to.deep.equal(frames('a', 'b', 'c'));
    });

    it('does not hold what was taken back', async () => {
      const { channel, outbox } = setUp();
      const controller = new AbortController();
      outbox.cork();
      const sent = outbox.send(messageFrame('a'), { ...user, signal: controller.signal });
      const entry = outbox.post(messageFrame('b'), user);

      controller.abort('no');
      expect(outbox.withdraw(entry)).to.equal(true);
      expect(outbox.withdraw(entry)).to.equal(false);
      outbox.uncork();

      expect(await outcome(sent)).to.equal('no');
      expect(channel.writes).to.deep.equal([]);
      expect(outbox.pending).to.equal(0);
    });
  });

  describe('limits', () => {
    it('refuses user frames over `maxQueuedMessages`, and only these', async () => {
      const { channel, outbox } = setUp({ maxQueuedMessages: 2 });
      sendAll(outbox, ['a', 'b']);

      const error = await outcome(outbox.send(messageFrame('c'), user));
      outbox.post(abortFrame(1));

      expect(error).to.be.instanceOf(BackpressureError);
      expect(error).to.have.property('message', 'The queue to worker 1 is full (`maxQueuedMessages`)');
      channel.finish(0);
      expect(channel.frames).to.deep.equal([...frames('a', 'b'), abortFrame(1)]);
    });

    it('refuses user frames over `maxQueuedBytes`', async () => {
      const { outbox } = setUp({ maxQueuedBytes: 1_000 });
      sendAll(outbox, ['x'.repeat(600)]);

      const error = await outcome(outbox.send(messageFrame('x'.repeat(600)), user));

      expect(error).to.be.instanceOf(BackpressureError);
      expect(error).to.have.nested.property('details.limit', 'maxQueuedBytes');
    });

    it('have room again when the operating system took some', async () => {
      const { channel, outbox } = setUp({ maxQueuedMessages: 1, maxQueuedBytes: 100 });
      sendAll(outbox, ['a']);
      channel.finish(0);

      const sent = outbox.send(messageFrame('b'), user);
      channel.finish(1);

      expect(await outcome(sent)).to.equal('sent');
    });
  });

  describe('#hurry', () => {
    it('writes though a write is outstanding', async () => {
      const { channel, outbox } = setUp();
      sendAll(outbox, ['a', 'b']);
      expect(channel.sizes).to.deep.equal([1]);

      const sent = outbox.hurry(messageFrame('beat'));

      expect(channel.frames).to.deep.equal(frames('a', 'beat'));
      channel.finish(1);
      expect(await outcome(sent)).to.equal('sent');
      channel.finish(0);
      expect(channel.frames).to.deep.equal(frames('a', 'beat', 'b'));
    });

    it('overtakes what waits, and changes nothing else, where no more writes are allowed', () => {
      const { channel, outbox } = setUp();
      const bodies = Array.from({ length: 2_000 }, (_, index) => index);
      sendAll(outbox, bodies);

      void outbox.hurry(messageFrame('beat'));
      expect(channel.writes).to.have.lengthOf(mostWrites);
      channel.finish(0);

      expect(channel.writes.at(-1)?.frames[0]).to.deep.equal(messageFrame('beat'));
      outbox.flushSync();
      const rest = channel.frames.map(frame => (frame as readonly unknown[])[2]).filter(body => body !== 'beat');
      expect(rest).to.deep.equal(bodies);
    });

    it('goes past the cork and the limits, but no further than a closed outbox', async () => {
      const { channel, outbox, failures } = setUp({ maxQueuedMessages: 1 });
      outbox.cork();
      sendAll(outbox, ['held']);
      void outbox.hurry(messageFrame('beat'));
      expect(channel.frames).to.deep.equal(frames('beat'));
      const reason = new Error('worker exited');
      outbox.close(reason);

      expect(await outcome(outbox.hurry(messageFrame('late')))).to.equal(reason);

      expect(failures).to.have.lengthOf(2);
      channel.finish(0);
      expect(outbox.pending).to.equal(0);
    });

    it('fails alone, and is told', async () => {
      const { channel, outbox, failures } = setUp();
      channel.connected = false;

      expect(await outcome(outbox.hurry(messageFrame('beat')))).to.be.instanceOf(ChannelClosedError);

      expect(failures).to.have.lengthOf(1);
      expect(outbox.pending).to.equal(0);
    });
  });

  describe('#drained', () => {
    it('resolves at once when nothing is pending', async () => {
      await setUp().outbox.drained();
    });

    it('resolves when everything was sent or failed', async () => {
      const { channel, outbox } = setUp();
      sendAll(outbox, ['a', treacherous()]);
      let drained = false;
      const done = outbox.drained().then(() => {
        drained = true;
      });
      await Promise.resolve();
      expect(drained).to.equal(false);

      channel.finish(0);

      await done;
      expect(outbox.pending).to.equal(0);
    });
  });

  describe('#uncrowded', () => {
    it('resolves when not much more waits than the operating system may be given', async () => {
      const { channel, outbox } = setUp();
      sendAll(outbox, Array(2_047).fill('a'));
      expect(outbox.crowded).to.equal(false);
      await outbox.uncrowded();

      sendAll(outbox, ['a']);
      expect(outbox.crowded).to.equal(true);
      const uncrowded = outbox.uncrowded();
      channel.finish(0);

      await uncrowded;
      expect(outbox.crowded).to.equal(false);
    });

    it('counts bytes, too', () => {
      const { outbox } = setUp();

      sendAll(outbox, ['x'.repeat(512 * 1024)]);

      expect(outbox.crowded).to.equal(true);
    });
  });

  describe('#flushSync', () => {
    it('hands over everything that is not held, whatever is outstanding', () => {
      const { channel, outbox } = setUp();
      sendAll(
        outbox,
        Array.from({ length: 2_000 }, (_, index) => index),
      );
      outbox.cork();
      sendAll(outbox, ['held']);

      outbox.flushSync();

      expect(channel.frames).to.have.lengthOf(2_000);
    });
  });

  describe('#close', () => {
    it('rejects what waits, held or not, and what comes later', async () => {
      const { channel, failures, outbox } = setUp();
      const reason = new Error('worker exited');
      const [written, queued] = sendAll(outbox, ['a', 'b']);
      outbox.cork();
      const [held] = sendAll(outbox, ['c']);

      outbox.close(reason);
      outbox.close(new Error('again'));
      channel.finish(0);

      expect(await outcome(written as Promise<void>)).to.equal('sent');
      expect(await outcome(queued as Promise<void>)).to.equal(reason);
      expect(await outcome(held as Promise<void>)).to.equal(reason);
      expect(await outcome(outbox.send(messageFrame('d')))).to.equal(reason);
      expect(failures).to.have.lengthOf(3);
      expect(outbox.pending).to.equal(0);
    });
  });

  it('delivers every frame once and in order, whatever happens in between', () => {
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.constant('send') },
      { weight: 1, arbitrary: fc.constantFrom('burst', 'treacherous', 'abort', 'cork', 'uncork', 'handle', 'hurry') },
      { weight: 3, arbitrary: fc.constant('finish') },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), actions => {
        const expected = play(actions);
        expect(expected.received).to.deep.equal(expected.sent);
        expect(expected.pending).to.equal(0);
      }),
    );
  });
});

/** Plays the actions, then lets every write finish; returns what should have arrived beside what did. */
function play(actions: readonly string[]) {
  const { channel, outbox } = setUp();
  const handle = new Server();
  const sent: number[] = [];
  let finished = 0;
  let body = 0;
  const send = () => {
    sent.push(++body);
    void outbox.send(messageFrame(body), user);
  };
  const steps: Record<string, () => void> = {
    send,
    burst: () => {
      for (let index = 0; index < 300; index++) send();
    },
    treacherous: () => void outbox.send(messageFrame(treacherous()), user),
    abort: () => {
      outbox.withdraw(outbox.post(messageFrame(-1), user));
    },
    cork: () => outbox.cork(),
    uncork: () => outbox.uncork(),
    // No number: it overtakes.
    hurry: () => void outbox.hurry(messageFrame(-1)),
    handle: () => {
      sent.push(++body);
      void outbox.send(messageFrame(body), { ...user, handle });
    },
    finish: () => {
      if (finished < channel.writes.length) channel.finish(finished++);
    },
  };
  for (const action of actions) steps[action]?.();
  outbox.uncork();
  while (finished < channel.writes.length) channel.finish(finished++);
  // What could not be taken back in time was sent.
  const received = channel.frames.map(frame => (frame as readonly unknown[])[2]).filter(each => each !== -1);
  return { sent, received, pending: outbox.pending };
}
