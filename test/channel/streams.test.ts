import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { IncomingCall } from '../../lib/channel/incoming-call.js';
import {
  BackpressureError,
  ChannelClosedError,
  MessageTooLargeError,
  RemoteError,
  UnserializableMessageError,
  WrongCallError,
} from '../../lib/errors/errors.js';
import { type Frame, FrameKind, openFrame } from '../../lib/protocol/frame.js';
import { unpackFrames } from '../../lib/protocol/frame-run.js';
import { conversation, type Speaker, settled } from '../support/conversation.js';
import { rejection } from '../support/thrown.js';

/** Answers a stream with the numbers from 1 on, up to `body.to`. */
function counts(call: IncomingCall): void {
  const { to } = call.body as { readonly to: number };
  void call.reply(
    (async function* () {
      for (let number = 1; number <= to; number++) yield number;
    })(),
  );
}

const numbers = (to: number) => Array.from({ length: to }, (_, index) => index + 1);

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Writes a payload past the peer, as a hostile process would. */
async function forge({ channel }: Speaker, ...frames: readonly unknown[]): Promise<void> {
  channel.write(frames, undefined, () => {});
  await settled();
}

/** The frames that a speaker writes from now on. */
function written({ channel }: Speaker): Frame[] {
  const frames: Frame[] = [];
  const write = channel.write.bind(channel);
  channel.write = (payload, ...rest) => {
    frames.push(...unpackFrames(payload as Frame[]));
    return write(payload, ...rest);
  };
  return frames;
}

function nothingLeft(...speakers: readonly Speaker[]): void {
  for (const { peer, hooks } of speakers) {
    expect([peer.pending, peer.answering, hooks.violations]).to.deep.equal([0, 0, []]);
  }
}

for (const serialization of ['json', 'advanced'] as const) {
  describe(`Streams (${serialization})`, () => {
    it('go both ways, every item once and in order', async () => {
      const { primary, worker } = conversation({ serialization });
      primary.hooks.answer = worker.hooks.answer = counts;

      const [down, up] = await Promise.all([
        all(primary.peer.stream({ to: 3_000 })),
        all(worker.peer.stream({ to: 2_000 }, { window: 3 })),
      ]);

      expect(down).to.deep.equal(numbers(3_000));
      expect(up).to.deep.equal(numbers(2_000));
      await settled();
      nothingLeft(primary, worker);
    });

    it('carry any value', async () => {
      const { primary, worker } = conversation({ serialization });
      const values = [undefined, null, 0, '', false, [], [[8, 1, 'x']], { cmd: 'NODE_HANDLE' }, undefined, 'last'];
      worker.hooks.answer = call => {
        void call.reply(
          (async function* () {
            yield* values;
          })(),
        );
      };

      expect(await all(primary.peer.stream(undefined))).to.deep.equal(values);
    });

    it('open when they are first read', async () => {
      const { primary, worker } = conversation({ serialization });
      const stream = primary.peer.stream({ type: 'menu' });
      await settled();
      expect([worker.hooks.requests.length, primary.peer.pending]).to.deep.equal([0, 0]);

      void stream.next();
      await settled();

      expect(worker.hooks.requests[0]).to.have.deep.property('body', { type: 'menu' });
      expect([primary.peer.pending, worker.peer.pending, worker.peer.answering]).to.deep.equal([1, 1, 1]);
    });

    it('keep at most a window of items between producer and reader', async () => {
      const { primary, worker } = conversation({ serialization });
      let made = 0;
      worker.hooks.answer = call => {
        void call.reply(
          (async function* () {
            for (;;) yield ++made;
          })(),
        );
      };
      const stream = primary.peer.stream('numbers', { window: 10 });

      for (let read = 1; read <= 100; read++) {
        expect(await stream.next()).to.deep.equal({ done: false, value: read });
        await settled();
        expect(made).to.be.within(read, read + 10);
      }
    });

    it('run the generator’s finally when the loop is left', async () => {
      const { primary, worker } = conversation({ serialization });
      let left = false;
      const calls: IncomingCall[] = [];
      worker.hooks.answer = call => {
        calls.push(call);
        void call.reply(
          (async function* () {
            try {
              for (;;) yield 'soup';
            } finally {
              left = true;
            }
          })(),
        );
      };

      for await (const dish of primary.peer.stream('menu')) {
        expect(dish).to.equal('soup');
        break;
      }
      await settled();

      expect([left, calls[0]?.signal.aborted]).to.deep.equal([true, true]);
      nothingLeft(primary, worker);
    });

    it('surface what the generator throws, after the items before', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = call => {
        void call.reply(
          (async function* () {
            yield* [1, 2, 3];
            throw Object.assign(new RangeError('burnt'), { code: 'E_BURNT' });
          })(),
        );
      };
      const seen: unknown[] = [];
      const failure = await rejection(async () => {
        for await (const item of primary.peer.stream('menu')) seen.push(item);
      });

      expect(seen).to.deep.equal([1, 2, 3]);
      expect(failure).to.be.instanceOf(RemoteError);
      expect(failure.details).to.include({ remoteName: 'RangeError', remoteCode: 'E_BURNT' });
      nothingLeft(primary, worker);
    });

    it('surface what the hook throws, and what fails at once', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = () => expect.fail('no cook');

      expect(await rejection(primary.peer.stream('menu').next())).to.have.property('message', 'no cook');
    });

    it('and requests are not mistaken for each other', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = call => void call.reply('soup');
      expect(await rejection(primary.peer.stream({ type: 'dish' }).next()))
        .to.be.instanceOf(WrongCallError)
        .with.deep.property('details', { type: 'dish', use: 'request' });

      worker.hooks.answer = counts;
      expect(await rejection(primary.peer.request({ type: 'menu', to: 1 })))
        .to.be.instanceOf(WrongCallError)
        .with.deep.property('details', { type: 'menu', use: 'stream' });
    });

    it('end when an item cannot be sent', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = call => {
        void call.reply(
          (async function* () {
            yield 'soup';
            yield () => 'salad';
          })(),
        );
      };
      const stream = primary.peer.stream('menu');

      expect(await stream.next()).to.deep.equal({ done: false, value: 'soup' });
      const failure = await rejection(stream.next());

      expect(failure).to.have.nested.property('details.remoteCode', 'CLUSTER_UNSERIALIZABLE_MESSAGE');
      await settled();
      nothingLeft(primary, worker);
    });

    it('do not even open when what is asked cannot be sent', async () => {
      const { primary, worker } = conversation({ serialization });

      expect(await rejection(primary.peer.stream({ type: 'menu', of: () => {} }).next())).to.be.instanceOf(
        UnserializableMessageError,
      );
      nothingLeft(primary, worker);
    });

    it('wait while the peer is corked, and can be left before they were sent', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = counts;
      primary.peer.cork();
      const frames = written(primary);
      const left = primary.peer.stream({ to: 1 });
      void left.next();
      const kept = all(primary.peer.stream({ to: 2 }));
      await settled();

      await left.return();
      primary.peer.uncork();

      expect(await kept).to.deep.equal([1, 2]);
      expect(frames.map(([kind, id]) => [kind, id])).to.deep.equal([[FrameKind.open, 2]]);
    });

    it('are aborted by their signal', async () => {
      const { primary, worker } = conversation({ serialization });
      worker.hooks.answer = call =>
        void call.reply(
          (async function* () {
            await new Promise(resolve => call.signal.addEventListener('abort', resolve));
          })(),
        );
      const controller = new AbortController();
      const stream = primary.peer.stream('menu', { signal: controller.signal });
      const first = rejection(stream.next());
      await settled();

      controller.abort('enough');

      expect(await first).to.equal('enough');
      await settled();
      nothingLeft(primary, worker);
    });

    it('end with the peer, after what was received', async () => {
      const { primary, worker } = conversation({ serialization });
      const gone = new Error('gone');
      worker.hooks.answer = counts;
      const stream = primary.peer.stream({ to: 1e6 }, { window: 4, errorWhenClosed: () => gone });
      const other = primary.peer.stream({ to: 1e6 }, { window: 4 });
      await Promise.all([stream.next(), other.next()]);
      await settled();

      primary.peer.close('closed');
      worker.peer.close('closed');

      expect((await Promise.all([2, 3, 4].map(() => stream.next()))).map(({ value }) => value)).to.deep.equal([
        2, 3, 4,
      ]);
      expect(await rejection(stream.next())).to.equal(gone);
      for (let left = 3; left > 0; left--) await other.next();
      expect(await rejection(other.next())).to.equal('closed');
      await settled();
      nothingLeft(primary, worker);
    });

    it('cannot be opened any more when the peer is closed', async () => {
      const { primary } = conversation({ serialization });
      const gone = new Error('gone');
      primary.peer.close('closed');

      expect(await rejection(primary.peer.stream('menu').next())).to.equal('closed');
      expect(await rejection(primary.peer.stream('menu', { errorWhenClosed: () => gone }).next())).to.equal(gone);
    });

    it('cannot be opened any more when the channel is closed', async () => {
      const { primary } = conversation({ serialization });
      const gone = new Error('gone');
      primary.channel.close();

      expect(await rejection(primary.peer.stream('menu').next())).to.be.instanceOf(ChannelClosedError);
      expect(await rejection(primary.peer.stream('menu', { errorWhenClosed: () => gone }).next())).to.equal(gone);
      expect(primary.peer.pending).to.equal(0);
    });

    it('lose nothing, whoever is slow and whoever leaves', async () => {
      const plan = fc.record({
        window: fc.integer({ min: 1, max: 9 }),
        items: fc.nat(40),
        pauses: fc.array(fc.nat(3), { maxLength: 10 }),
        readPauses: fc.array(fc.nat(3), { maxLength: 10 }),
        leaveAt: fc.option(fc.nat(40), { nil: undefined }),
        fails: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 5 }), async plans => {
          const { primary, worker } = conversation({ serialization });
          const made: number[] = [];
          const read: number[] = [];
          const left: boolean[] = [];
          worker.hooks.answer = call => void call.reply(produce(call.body as number));

          async function* produce(which: number) {
            const { items, pauses, fails } = plans[which] as (typeof plans)[number];
            try {
              for (let item = 0; item < items; item++) {
                await pause(pauses[item % pauses.length]);
                made[which] = item + 1;
                yield item;
              }
              if (fails) throw new Error('at the end');
            } finally {
              left[which] = true;
            }
          }
          async function consume(which: number): Promise<void> {
            const {
              window,
              items,
              readPauses,
              leaveAt = Number.POSITIVE_INFINITY,
              fails,
            } = plans[which] as (typeof plans)[number];
            read[which] = 0;
            try {
              for await (const item of primary.peer.stream(which, { window })) {
                expect(item).to.equal(read[which]);
                read[which] = (read[which] ?? 0) + 1;
                expect(made[which]).to.be.at.most((read[which] ?? 0) + window);
                if (read[which] === leaveAt) return;
                await pause(readPauses[read[which] % readPauses.length]);
              }
              expect(fails).to.equal(false);
            } catch (error) {
              expect(error).to.have.property('message', 'at the end');
            }
            expect(read[which]).to.equal(items);
          }

          await Promise.all(plans.map((_, which) => consume(which)));
          await pause(8);
          expect(left.filter(Boolean)).to.have.lengthOf(plans.length);
          nothingLeft(primary, worker);
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** So many turns of the event loop, and none at all for 0. */
async function pause(turns = 0): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await settled();
}

describe('Streams', () => {
  it('are limited together with requests, in both directions', async () => {
    const { primary, worker } = conversation({ maxPendingRequests: 2 });
    void primary.peer.request('first');
    void primary.peer.stream('second').next();
    await settled();

    expect(await rejection(primary.peer.stream('third').next())).to.be.instanceOf(BackpressureError);
    expect(await rejection(primary.peer.request('third'))).to.be.instanceOf(BackpressureError);
    await forge(primary, openFrame(7, 1, 'forged'));
    expect(worker.hooks.requests).to.have.lengthOf(2);
    expect(worker.peer.answering).to.equal(2);
  });

  it('end for a reader that is sent more than it has room for', async () => {
    const { primary, worker } = conversation();
    const stream = primary.peer.stream('menu', { window: 4 });
    const first = stream.next();
    await settled();

    await forge(worker, ...numbers(6).map(value => [FrameKind.item, 1, value]));

    expect(await first).to.deep.equal({ done: false, value: 1 });
    for (const value of [2, 3, 4]) expect(await stream.next()).to.deep.equal({ done: false, value });
    expect(await rejection(stream.next()))
      .to.be.instanceOf(BackpressureError)
      .with.deep.property('details', { peer: 'worker', limit: 'window' });
    expect(primary.hooks.violations).to.deep.equal(['an item of a stream that its reader has no room for']);
    expect(worker.hooks.requests[0]?.aborted).to.equal(true);
  });

  it('that were never opened are refused', async () => {
    const { primary, worker } = conversation();

    await forge(
      worker,
      [FrameKind.item, 1, 'x'],
      [FrameKind.end, 1],
      [FrameKind.item, 0, 'x'],
      [FrameKind.credit, 1, 1],
      [FrameKind.cancel, 1],
      openFrame(3, 1, 'first'),
      openFrame(3, 1, 'again'),
    );

    expect(primary.hooks.violations).to.deep.equal([
      ...Array(3).fill('a part of a stream that was never opened'),
      ...Array(2).fill('a word to a stream that was never opened'),
      'a request whose id is in use',
    ]);
  });

  it('that were left, or have ended, may still be spoken of', async () => {
    const { primary, worker } = conversation();
    worker.hooks.answer = counts;
    const stream = primary.peer.stream({ to: 100 });
    await stream.next();
    await stream.return();
    await all(primary.peer.stream({ to: 1 }));

    await forge(worker, [FrameKind.item, 1, 'late'], [FrameKind.end, 1], [FrameKind.end, 2]);
    await forge(primary, [FrameKind.credit, 1, 1], [FrameKind.cancel, 2]);

    nothingLeft(primary, worker);
  });

  it('cannot exceed the limits of messages', async () => {
    const { primary, worker } = conversation({ distrust: true, maxDepth: 10 });
    const deep = (depth: number): unknown => (depth === 0 ? 'deep' : [deep(depth - 1)]);
    const stream = primary.peer.stream('menu');
    const first = rejection(stream.next());
    await settled();

    await forge(worker, [FrameKind.item, 1, deep(11)], openFrame(4, 1, deep(11)));

    expect(await first).to.be.instanceOf(MessageTooLargeError);
    expect(worker.hooks.requests[0]?.aborted).to.equal(true);
    expect(primary.hooks.requests).to.deep.equal([]);
    expect(primary.hooks.violations).to.deep.equal(Array(2).fill('a message that is nested too deep'));
  });
});
