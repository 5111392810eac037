import { createServer, Server, Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { IncomingCall } from '../../lib/channel/incoming-call.js';
import {
  BackpressureError,
  ChannelClosedError,
  RemoteError,
  RequestTimeoutError,
  UnserializableMessageError,
  WrongCallError,
} from '../../lib/errors/errors.js';
import { FrameKind, helloFrame, messageFrame, replyFrame, requestFrame, serveFrame } from '../../lib/protocol/frame.js';
import { unpackFrames } from '../../lib/protocol/frame-run.js';
import type { ServeOrder } from '../../lib/protocol/serving.js';
import { conversation, type Speaker, settled } from '../support/conversation.js';
import { uncaught } from '../support/uncaught.js';

const { message, reply, error, abort } = FrameKind;

function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch(reason => reason);
}

function echo(incoming: IncomingCall): void {
  incoming.reply(incoming.body);
}

/** Writes a payload past the peer, as a hostile process would. */
async function forge(speaker: Speaker, payload: unknown, handle?: Socket | Server): Promise<void> {
  speaker.channel.write(payload, handle, () => {});
  await settled();
}

for (const serialization of ['json', 'advanced'] as const) {
  describe(`Peer (${serialization})`, () => {
    it('sends messages, in order', async () => {
      const { primary, worker } = conversation({ serialization });
      const bodies = Array.from({ length: 500 }, (_, index) => ({ type: 'cook', index }));

      await Promise.all(bodies.map(body => primary.peer.send(body)));
      await settled();

      expect(worker.hooks.messages).to.deep.equal(bodies);
    });

    it('sends any value as it is', async () => {
      const { primary, worker } = conversation({ serialization });
      const values = [undefined, null, 0, '', false, [], [1, [2]], { cmd: 'NODE_HANDLE' }, [[message, 0, 'x']]];

      for (const value of values) void primary.peer.send(value);
      await settled();

      expect(worker.hooks.messages).to.deep.equal(values);
      expect(worker.hooks.violations).to.deep.equal([]);
    });

    it('asks, both ways, and resolves with the answer', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = primary.hooks.answer = echo;

      expect(await primary.peer.request({ type: 'a', of: [1] })).to.deep.equal({ type: 'a', of: [1] });
      expect(await worker.peer.request({ type: 'b' })).to.deep.equal({ type: 'b' });
      expect(await primary.peer.request(undefined)).to.equal(undefined);
      expect(await primary.peer.request(null)).to.equal(null);
      expect(primary.peer.pending + worker.peer.pending).to.equal(0);
    });

    it('tells many requests apart, whatever the order of the answers', async () => {
      const { primary, worker } = conversation({ serialization });
      const answers = Promise.all(Array.from({ length: 300 }, (_, index) => primary.peer.request({ index })));
      await settled();
      expect(primary.peer.pending).to.equal(300);
      expect(worker.peer.answering).to.equal(300);

      for (const incoming of [...worker.hooks.requests].reverse()) echo(incoming);

      expect(await answers).to.deep.equal(Array.from({ length: 300 }, (_, index) => ({ index })));
    });

    it('answers what came together together', async () => {
      const { primary, worker } = conversation({ serialization });
      const sizes: number[] = [];
      const write = worker.channel.write.bind(worker.channel);
      worker.channel.write = (payload, ...rest) => {
        if (Array.isArray(payload)) sizes.push(unpackFrames(payload).length);
        return write(payload, ...rest);
      };
      worker.hooks.answer = echo;

      await Promise.all([1, 2, 3, 4].map(index => primary.peer.request({ index })));

      expect(sizes).to.deep.equal([1, 3]);
    });

    it('rejects with what the other side threw', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = () => {
        throw Object.assign(new RangeError('out of salt'), { code: 'E_SALT' });
      };

      const failure = await outcome(primary.peer.request({ type: 'taste' }));

      expect(failure).to.be.instanceOf(RemoteError);
      expect(failure).to.have.property('message').that.includes('out of salt');
      expect(failure).to.have.property('details').that.includes({ remoteName: 'RangeError', remoteCode: 'E_SALT' });
    });

    it('rejects when the answer cannot be sent', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = incoming => incoming.reply({ run() {} });

      const failure = await outcome(primary.peer.request({ type: 'status' }));

      expect(failure).to.have.nested.property('details.remoteCode', 'CLUSTER_UNSERIALIZABLE_MESSAGE');
      expect(worker.peer.pending).to.equal(0);
    });

    it('rejects when the answer is too large to be sent', async () => {
      const { primary, worker } = conversation({ maxMessageBytes: 100 });
      worker.hooks.answer = incoming => incoming.reply('x'.repeat(200));

      const error = await outcome(primary.peer.request({ type: 'status' }));

      expect(error).to.have.nested.property('details.remoteCode', 'CLUSTER_MESSAGE_TOO_LARGE');
    });

    it('rejects when the answer is a stream', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = incoming => incoming.reply((async function* () {})());

      expect(await outcome(primary.peer.request({ type: 'menu' }))).to.be.instanceOf(WrongCallError);
    });

    it('survives whatever JSON can say, while other traffic goes on', async () => {
      const hostile = fc.oneof(
        fc.jsonValue(),
        fc.array(fc.oneof(fc.jsonValue(), fc.tuple(fc.integer({ min: -1, max: 16 }), fc.integer(), fc.jsonValue()))),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(hostile, { maxLength: 5 }), async payloads => {
          const { primary, worker } = conversation({ serialization });
          const waiting = outcome(primary.peer.request({ type: 'slow' }));
          await settled();

          const caught = await uncaught(async () => {
            // Answers that could be meant for the waiting request are the other side's right.
            for (const payload of payloads) await forge(worker, withoutAnswers(payload));
            worker.hooks.requests[0]?.reply('answer');
            await worker.peer.send({ type: 'last' });
          });

          expect(caught).to.deep.equal([]);
          expect(await waiting).to.equal('answer');
          expect(primary.hooks.messages.at(-1)).to.deep.equal({ type: 'last' });
        }),
        { numRuns: 60 },
      );
    });
  });
}

function withoutAnswers(payload: unknown): unknown {
  if (!Array.isArray(payload)) return payload;
  return payload.filter(each => !(Array.isArray(each) && (each[0] === reply || each[0] === error) && each[1] === 1));
}

describe('Peer', () => {
  describe('#send', () => {
    it('rejects, and tells, what cannot be sent', async () => {
      const { primary } = conversation();
      const body = { type: 'cook', price: 1n };

      const failure = await outcome(primary.peer.send(body));

      expect(failure).to.be.instanceOf(UnserializableMessageError);
      expect(primary.hooks.failures).to.deep.equal([{ error: failure, body }]);
    });

    it('carries a handle with its message alone', async () => {
      const { primary, worker } = conversation();
      const server = new Server();

      void primary.peer.send('before');
      void primary.peer.send('with', { handle: server });
      void primary.peer.send('after');
      await settled();

      expect(worker.hooks.messages).to.deep.equal(['before', 'with', 'after']);
      expect(worker.hooks.handles).to.deep.equal([undefined, server, undefined]);
    });

    it('carries a handle with a frame of the library, in order with what else is said', async () => {
      const { primary, worker } = conversation();
      const server = new Server();

      void primary.peer.control(serveFrame(1, { act: 'bind' }));
      void primary.peer.control(serveFrame(1, { act: 'connection', connection: 1 }), { handle: server });
      void primary.peer.control(serveFrame(1, { act: 'close' }));
      await settled();

      expect(worker.hooks.frames.map(([, , body]) => (body as ServeOrder).act)).to.deep.equal([
        ...['bind', 'connection', 'close'],
      ]);
      expect(worker.hooks.framesWith).to.deep.equal([undefined, server, undefined]);
    });

    it('takes a message back on abort', async () => {
      const { primary, worker } = conversation();
      const controller = new AbortController();
      primary.peer.cork();
      const sent = outcome(primary.peer.send('a', { signal: controller.signal }));

      controller.abort('no');
      primary.peer.uncork();
      await settled();

      expect(await sent).to.equal('no');
      expect(worker.hooks.messages).to.deep.equal([]);
      expect(primary.hooks.failures).to.deep.equal([]);
    });

    it('rejects over the limit of what may be queued', async () => {
      const { primary } = conversation({ maxQueuedMessages: 1 });
      primary.channel.stall();
      void primary.peer.send('a');

      expect(await outcome(primary.peer.send('b'))).to.be.instanceOf(BackpressureError);
      expect(primary.peer.queued).to.equal(1);
    });
  });

  describe('#request', () => {
    it('times out, and tells the handler', async () => {
      const { clock, primary, worker } = conversation();
      const answer = outcome(primary.peer.request({ type: 'status' }, { timeout: 100 }));
      await settled();

      clock.advance(100);

      expect(await answer).to.be.instanceOf(RequestTimeoutError);
      await settled();
      expect(worker.hooks.requests[0]?.signal.aborted).to.equal(true);
    });

    it('times out after 30 s unless it says otherwise', async () => {
      const { clock, primary } = conversation();
      const answer = outcome(primary.peer.request({ type: 'status' }));
      const patient = outcome(primary.peer.request({ type: 'status' }, { timeout: Number.POSITIVE_INFINITY }));

      clock.advance(30_000);

      expect(await answer).to.have.nested.property('details.timeout', 30_000);
      expect(primary.peer.pending).to.equal(1);
      primary.peer.close('done');
      expect(await patient).to.equal('done');
    });

    it('counts the time that it waits for the other side to listen', async () => {
      const { clock, primary, worker } = conversation();
      primary.peer.cork();
      const answer = outcome(primary.peer.request({ type: 'status' }, { timeout: 100 }));

      clock.advance(100);
      primary.peer.uncork();
      await settled();

      expect(await answer).to.be.instanceOf(RequestTimeoutError);
      expect(worker.hooks.requests).to.deep.equal([]);
      expect(primary.peer.queued).to.equal(0);
    });

    it('counts an answer that comes too late', async () => {
      const { primary, worker } = conversation();
      const controller = new AbortController();
      const answer = outcome(primary.peer.request({ type: 'status' }, { signal: controller.signal }));
      await settled();

      worker.hooks.requests[0]?.reply('crossing');
      controller.abort('enough');
      await settled();

      expect(await answer).to.equal('enough');
      expect(primary.peer.lateReplies).to.equal(1);
      expect(primary.hooks.violations).to.deep.equal([]);
    });

    it('is aborted before it is sent', async () => {
      const { primary, worker } = conversation();

      const answer = outcome(primary.peer.request({ type: 'status' }, { signal: AbortSignal.abort('no') }));
      await settled();

      expect(await answer).to.equal('no');
      expect(worker.hooks.requests).to.deep.equal([]);
    });

    it('rejects what cannot be sent', async () => {
      const { primary } = conversation();

      expect(await outcome(primary.peer.request({ type: 'x', of: 1n }))).to.be.instanceOf(UnserializableMessageError);
      expect(primary.peer.pending).to.equal(0);
      expect(primary.hooks.failures).to.deep.equal([]);
    });

    it('rejects on a closed channel, with an error of its own if it has one', async () => {
      const { primary } = conversation();
      primary.channel.close();

      const own = outcome(primary.peer.request({ type: 'x' }, { errorWhenClosed: () => 'worker 3 exited' }));

      expect(await outcome(primary.peer.request({ type: 'x' }))).to.be.instanceOf(ChannelClosedError);
      expect(await own).to.equal('worker 3 exited');
    });

    it('rejects when too many are open', async () => {
      const { primary } = conversation({ maxPendingRequests: 1 });
      const first = outcome(primary.peer.request({ type: 'a' }));

      const second = await outcome(primary.peer.request({ type: 'b' }));

      expect(second).to.be.instanceOf(BackpressureError);
      primary.peer.close('done');
      expect(await first).to.equal('done');
    });
  });

  describe('#cork', () => {
    it('holds messages and requests, and lets answers and control frames pass', async () => {
      const { primary, worker } = conversation();
      primary.hooks.answer = echo;
      primary.peer.cork();
      void primary.peer.send('first');
      const answer = outcome(primary.peer.request('second'));
      void primary.peer.send('third');

      await primary.peer.control(helloFrame());
      expect(await worker.peer.request('asked')).to.equal('asked');
      expect(worker.hooks.frames).to.deep.equal([helloFrame()]);
      expect(worker.hooks.messages).to.deep.equal([]);

      worker.hooks.answer = echo;
      primary.peer.uncork();
      expect(await answer).to.equal('second');
      await settled();
      expect(worker.hooks.messages).to.deep.equal(['first', 'third']);
    });
  });

  describe('#close', () => {
    it('rejects everything that waits, and everything later', async () => {
      const { primary } = conversation();
      primary.channel.stall();
      const reason = new Error('worker exited');
      const asked = outcome(primary.peer.request({ type: 'a' }));
      primary.peer.cork();
      const held = outcome(primary.peer.send('b'));

      primary.peer.close(reason);
      primary.peer.close(new Error('again'));

      const later = [
        outcome(primary.peer.request({ type: 'c' })),
        outcome(primary.peer.send('d')),
        outcome(primary.peer.control(helloFrame())),
      ] as const;
      for (const each of [asked, held, ...later]) expect(await each).to.equal(reason);
      expect(primary.peer.pending).to.equal(0);
    });

    it('prefers the error a request brought', async () => {
      const { primary } = conversation();
      const options = { errorWhenClosed: () => 'worker 3 exited' };
      const before = outcome(primary.peer.request({ type: 'a' }, options));

      primary.peer.close('closed');

      expect(await before).to.equal('worker 3 exited');
      expect(await outcome(primary.peer.request({ type: 'b' }, options))).to.equal('worker 3 exited');
    });

    it('aborts what is being answered', async () => {
      const { primary, worker } = conversation();
      void outcome(primary.peer.request({ type: 'a' }));
      await settled();

      worker.peer.close('gone');
      worker.hooks.requests[0]?.reply('in vain');

      expect(worker.hooks.requests[0]?.signal.reason).to.equal('gone');
      expect(worker.peer.answering).to.equal(0);
    });

    it('hears nothing any more, and lets no handle leak', async () => {
      const { primary, worker } = conversation();
      const socket = new Socket();
      primary.peer.close('done');

      await worker.peer.send('late');
      await worker.peer.send('late', { handle: socket });
      await settled();

      expect(primary.hooks.messages).to.deep.equal([]);
      expect(socket.destroyed).to.equal(true);
    });

    it('leaves the channel to its owner', () => {
      const { primary } = conversation();

      primary.peer.close('done');

      expect(primary.peer.connected).to.equal(true);
    });
  });

  describe('the channel', () => {
    it('tells that it closed, and leaves requests to wait for the owner', async () => {
      const { primary, worker } = conversation();
      const answer = outcome(primary.peer.request({ type: 'a' }));
      await settled();

      worker.channel.close();
      await settled();

      expect(primary.hooks.closings).to.equal(1);
      expect(primary.peer.connected).to.equal(false);
      expect(primary.peer.pending).to.equal(1);
      primary.peer.close('exited');
      expect(await answer).to.equal('exited');
    });

    it('is drained, and flushed, on demand', async () => {
      const { primary, worker } = conversation();
      for (let index = 0; index < 600; index++) void primary.peer.send(index);

      primary.peer.flushSync();
      primary.channel.close();
      await primary.peer.drained();

      expect(worker.hooks.messages).to.have.lengthOf(600);
      expect(primary.peer.queued).to.equal(0);
    });
  });

  describe('hostile traffic', () => {
    it('refuses a payload that is no batch', async () => {
      const { primary, worker } = conversation();

      for (const payload of ['ready', { type: 'x' }, 5, null]) await forge(worker, payload);

      expect(primary.hooks.violations).to.deep.equal(new Array(4).fill('a payload that is no batch of frames'));
    });

    it('loses no good frame to a bad one beside it', async () => {
      const { primary, worker } = conversation();

      await forge(worker, [messageFrame('a'), [99, 0], 'junk', messageFrame('b')]);

      expect(primary.hooks.messages).to.deep.equal(['a', 'b']);
      expect(primary.hooks.violations).to.deep.equal(['a frame of unknown kind', 'a frame that is no array']);
    });

    it('refuses an answer to a request that was never made', async () => {
      const { primary, worker } = conversation();

      await forge(worker, [replyFrame(1, 'forged'), [error, 2, {}]]);

      expect(primary.hooks.violations).to.deep.equal(new Array(2).fill('an answer to a request that was never made'));
      expect(primary.peer.lateReplies).to.equal(0);
    });

    it('refuses a request whose id is in use', async () => {
      const { primary, worker } = conversation();

      await forge(worker, [requestFrame(1, 'a'), requestFrame(1, 'b')]);

      expect(primary.hooks.requests.map(({ body }) => body)).to.deep.equal(['a']);
      expect(primary.hooks.violations).to.deep.equal(['a request whose id is in use']);
    });

    it('refuses frames of a stream that nobody opened', async () => {
      const { primary, worker } = conversation();

      await forge(worker, [
        [FrameKind.item, 1],
        [FrameKind.credit, 1, 1],
        [FrameKind.end, 1],
        [FrameKind.cancel, 1],
      ]);

      expect(primary.hooks.violations).to.have.lengthOf(4);
    });

    it('tells who asked that an answer is too large to be sent', async () => {
      const { primary, worker } = conversation({ maxMessageBytes: 100 });
      worker.hooks.answer = incoming => void incoming.reply('x'.repeat(200));

      expect(await outcome(primary.peer.request('essay')))
        .to.have.property('message')
        .that.includes('maxMessageBytes');
    });

    it('ignores an abort of what it does not know', async () => {
      const { primary, worker } = conversation();

      await forge(worker, [[abort, 12]]);

      expect(primary.hooks.violations).to.deep.equal([]);
    });

    it('answers with an error when too many requests are open', async () => {
      const { primary, worker } = conversation({ maxPendingRequests: 1 });

      await forge(worker, [requestFrame(1, 'a'), requestFrame(2, 'b')]);

      expect(primary.hooks.requests.map(({ body }) => body)).to.deep.equal(['a']);
      expect(primary.peer.answering).to.equal(1);
    });

    it('closes a handle that belongs to no message', async () => {
      const { primary, worker } = conversation();
      const [socket, server] = [new Socket(), createServer()];
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));

      await forge(worker, [messageFrame('a'), messageFrame('b')], socket);
      await forge(worker, [helloFrame()], server);
      await forge(worker, 'junk', server);

      expect(socket.destroyed).to.equal(true);
      expect(server.listening).to.equal(false);
      expect(primary.hooks.messages).to.deep.equal(['a', 'b']);
      expect(primary.hooks.handles).to.deep.equal([undefined, undefined]);
      expect(primary.hooks.violations.filter(each => each.includes('handle'))).to.have.lengthOf(3);
    });
  });

  describe('a bug in a hook', () => {
    it('is loud, and disturbs nothing else', async () => {
      const { primary, worker } = conversation();
      const bug = new Error('a bug');
      worker.hooks.hear = body => {
        if (body === 'bad') throw bug;
      };

      const caught = await uncaught(async () => {
        for (const body of ['first', 'bad', 'good']) void primary.peer.send(body);
        await settled();
      });

      expect(caught).to.deep.equal([bug]);
      expect(worker.hooks.messages).to.deep.equal(['first', 'bad', 'good']);
    });

    it('is loud when it is told of a failure, too', async () => {
      const { primary } = conversation();
      const bug = new Error('a bug');
      primary.hooks.sendFailed = () => {
        throw bug;
      };

      const caught = await uncaught(async () => {
        expect(await outcome(primary.peer.send(1n))).to.be.instanceOf(UnserializableMessageError);
      });

      expect(caught).to.deep.equal([bug]);
    });
  });
});
