import { createServer } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  CodecMismatchError,
  RemoteError,
  UnserializableMessageError,
  type WorkerMessageEvent,
  type WorkerRequestEvent,
} from '../../lib/index.js';
import { bytesCodec, codecNamed, msgpackrCodec, sharingCodec, textCodec } from '../support/codecs.js';
import { next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { localServer, readAll } from '../support/sockets.js';
import { capturedWarnings } from '../support/warnings.js';
import { failureOf, until } from '../support/with-deadline.js';

/** Hears what its workers say. */
class Kitchen extends ClusterPrimary {
  readonly noted: unknown[] = [];

  _eventWorkerMessage_started(): void {}

  _eventWorkerMessage_noted({ data: { message } }: WorkerMessageEvent<AnyProtocol>): void {
    this.noted.push(message.value);
  }

  _eventWorkerRequest_double({ data: { message } }: WorkerRequestEvent<AnyProtocol>): unknown[] {
    return [message.value, message.value];
  }

  protected override _eventSendError(): void {}
}

interface Setting extends ClusterPrimaryOptions {
  /** The worker's codec, if it is not the primary's. */
  readonly theirs?: string | undefined;
}

function open({ codec, theirs = codec?.name, ...options }: Setting = {}): Promise<Kitchen> {
  const workerEnv = { PACKED_CODEC: theirs };
  const common = { workerScript: fixture('packed'), workerCount: 1, workerEnv, serialization: 'advanced' as const };
  return new Kitchen({ ...common, codec, ...options }).ready;
}

const order = {
  at: new Date(1_700_000_000_000),
  dishes: new Map<string, unknown>([['soup', { tables: [1, 2], of: new Set(['leek']) }]]),
  photo: Buffer.from([0, 1, 2, 254, 255]),
  samples: new Float64Array([0.5, -1]),
  price: 12n ** 20n,
  none: undefined,
};

describe('codecs', () => {
  leavesNothingBehind();

  for (const codec of [msgpackrCodec, bytesCodec]) {
    it(`carry Map, Date and bytes in messages, requests and replies, both ways (${codec.name})`, async () => {
      await using primary = await open({ codec });
      const noted = nextOf(primary, 'workerMessage');

      await primary.send({ message: { type: 'note', value: order } });

      expect((await noted).message).to.deep.equal({ type: 'noted', value: order });
      expect(await primary.request({ message: { type: 'echo', value: order } })).to.deep.equal(order);
      expect(await primary.request({ message: { type: 'ask', value: order } })).to.deep.equal([order, order]);
    });
  }

  it('of text go over json channels, and carry what JSON does', async () => {
    await using primary = await open({ codec: textCodec, serialization: 'json' });
    const echo = (value: unknown) => primary.request({ message: { type: 'echo', value } });

    expect(await echo({ dish: 'soup' })).to.deep.equal({ dish: 'soup' });
    expect(await failureOf(echo(order))).to.be.instanceOf(UnserializableMessageError);
  });

  it('keep order, and lose nothing, in batches large and small', async () => {
    await using primary = await open({ codec: msgpackrCodec });
    const numbers = Array.from({ length: 5_000 }, (_, number) => number);
    const filler = 'x'.repeat(300);

    const replies = numbers.map(number => {
      primary.send({ message: { type: 'note', value: number, filler: filler.slice(0, number % 300) } });
      return primary.request({ message: { type: 'echo', value: number } });
    });

    expect(await Promise.all(replies)).to.deep.equal(numbers);
    await until(() => primary.noted.length === numbers.length, 5_000, 'last message');
    expect(primary.noted).to.deep.equal(numbers);
  });

  it('bring back what a handler throws', async () => {
    await using primary = await open({ codec: msgpackrCodec });

    const error = await failureOf(primary.request({ message: { type: 'throw' } }));

    expect(error).to.be.instanceOf(RemoteError).with.property('message', 'too hot');
    expect(error.details).to.deep.include({ remoteCode: 'E_HOT', remoteDetails: { degrees: 400 } });
  });

  it('let a connection go with its message', async () => {
    await using primary = await open({ codec: msgpackrCodec });
    const { server, port } = await localServer(
      createServer({ pauseOnConnect: true }, socket => {
        void primary.send({ message: { type: 'note', value: 'soup' }, handle: socket });
      }),
    );

    expect(await readAll(port)).to.equal('served soup');
    await new Promise(resolve => server.close(resolve));
  });

  it('serve a replacement as they did its predecessor', async () => {
    await using primary = await open({ codec: msgpackrCodec });
    await primary.request({ message: { type: 'echo', value: order } });
    const ready = nextOf(primary, 'workerReady');

    await primary.send({ message: { type: 'crash' } });
    await ready;

    expect(await primary.request({ message: { type: 'echo', value: order } })).to.deep.equal(order);
  });

  it('are those of their groups, and a message to all reaches each in its own encoding', async () => {
    const groups = {
      packed: { workerCount: 1, env: { PACKED_CODEC: 'msgpackr' }, codec: msgpackrCodec },
      plain: { workerCount: 1, serialization: 'json' },
    } as const;
    const options = { workerScript: fixture('packed'), serialization: 'advanced', groups } as const;
    await using primary = await new Kitchen(options).ready;
    const echo = (group: string, value: unknown) => {
      return primary.request({ message: { type: 'echo', value }, to: primary.roundRobin({ group }) });
    };

    await primary.send({ message: { type: 'note', value: 'soup' } });
    await until(() => primary.noted.length === 2, 5_000, 'second answer');

    expect(primary.noted).to.deep.equal(['soup', 'soup']);
    expect(await echo('packed', order)).to.deep.equal(order);
    expect(await failureOf(echo('plain', order))).to.be.instanceOf(UnserializableMessageError);
  });

  describe('that the two sides do not share', () => {
    for (const [ours, theirs] of [
      ['msgpackr', undefined],
      [undefined, 'msgpackr'],
      ['msgpackr', 'bytes'],
      ['text', 'bytes'],
    ] as const) {
      it(`fail the boot, and say so: ${ours ?? 'none'} here, ${theirs ?? 'none'} there`, async () => {
        const output: string[] = [];
        // `undefined` would be the default.
        const primary = new Kitchen({
          ...{ workerScript: fixture('packed'), workerCount: 1, workerEnv: { PACKED_CODEC: theirs } },
          ...{ serialization: 'advanced', codec: codecNamed(ours), workerSilent: true },
        });
        primary.on('workerFork', ({ data: { worker } }) => {
          worker.process.stderr?.on('data', text => output.push(String(text)));
        });

        const warnings = await capturedWarnings(async () => {
          const error = await failureOf(primary.ready);
          expect(error).to.include({ code: 'CLUSTER_WORKER_BOOT' });
          expect(error.cause).to.be.instanceOf(CodecMismatchError);
          expect(error.cause).to.have.property('details').that.deep.equals({ expected: ours, actual: theirs });
        });
        expect(warnings).to.deep.equal([]);
        expect(output.join('')).to.equal('');
      });
    }
  });

  it('that return bytes need advanced serialization, and say so; the workers can still be stopped', async () => {
    await using primary = await open({ codec: msgpackrCodec, serialization: 'json' });

    const error = await failureOf(primary.send({ message: { type: 'note', value: 1 } }));

    expect(error).to.be.instanceOf(UnserializableMessageError);
    expect(error.message).to.include("`serialization: 'advanced'`");
    expect(await failureOf(primary.request({ message: { type: 'echo' } }))).to.include({ code: error.code });
  });

  it('that return bytes over json fail the boot of a worker that sends at once, and say so', async () => {
    const workerEnv = { PACKED_CODEC: 'msgpackr', PACKED_START: 'send' };

    const error = await failureOf(open({ codec: msgpackrCodec, serialization: 'json', workerEnv, workerSilent: true }));

    expect(error).to.include({ code: 'CLUSTER_WORKER_BOOT' });
    expect(error.message).to.include("`serialization: 'advanced'`");
  });

  it('that remember what they told are violations, and end nothing', async () => {
    const workerEnv = { PACKED_CODEC: 'sharing', PACKED_START: 'send' };
    const primary = new Kitchen({
      ...{ workerScript: fixture('packed'), workerCount: 1, workerEnv, serialization: 'advanced', codec: sharingCodec },
    });
    primary.on('channelViolation', () => {});
    const violation = nextOf(primary, 'channelViolation');
    await using _ = await primary.ready;

    expect((await violation).reason).to.equal('a payload that is no batch of frames');
    expect(primary.workers).to.have.lengthOf(1);
  });

  it('drop what they cannot decode, and go on', async () => {
    await using primary = await open({ codec: msgpackrCodec });
    primary.on('channelViolation', () => {});
    const payloads = ['text', 7, { cmd: 'junk' }, Buffer.from([0xc1, 0xc1]), Buffer.alloc(0), [[2, 0, 'forged']]];
    const violations = next(primary, 'channelViolation', payloads.length);

    await primary.send({ message: { type: 'babble', payloads } });

    expect(await violations).to.have.lengthOf(payloads.length);
    expect(await primary.request({ message: { type: 'echo', value: 'alive' } })).to.equal('alive');
    expect(primary.noted).to.deep.equal([]);
  });
});
