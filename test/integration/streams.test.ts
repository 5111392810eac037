import { expect } from 'chai';
import { describe, it } from 'mocha';
import { z } from 'zod';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  RemoteError,
  type WorkerRequestEvent,
} from '../../lib/index.js';
import { Deferred } from '../../lib/util/deferred.js';
import { firstWorker, nextOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { failureOf, until, withDeadline } from '../support/with-deadline.js';

type Request = WorkerRequestEvent<AnyProtocol>;

/** Streams to its workers, and lets them wait. */
class Kitchen extends ClusterPrimary {
  readonly served = new Deferred<void>();
  readonly early: unknown[] = [];
  made = 0;
  left = 0;

  async *_eventWorkerRequest_count({ data: { message } }: Request): AsyncGenerator<number> {
    try {
      for (let number = 1; number <= message.to; number++) {
        this.made = number;
        yield number;
      }
    } finally {
      this.left++;
    }
  }

  async *_eventWorkerRequest_burn(): AsyncGenerator<string> {
    yield 'warm';
    throw new RangeError('burnt');
  }

  _eventWorkerRequest_plain(): string {
    return 'no stream';
  }

  _eventWorkerRequest_ingredients(): Promise<void> {
    return this.served.promise;
  }

  _eventWorkerRequest_mayDie(): Promise<void> {
    return this.served.promise;
  }

  _eventWorkerMessage_early({ data: { message } }: { data: { message: { items: unknown[] } } }): void {
    this.early.push(...message.items);
  }

  _eventWorkerMessage_left(): void {}
}

const workerScript = fixture('streamer');
const open = (options: ClusterPrimaryOptions = {}) => new Kitchen({ workerScript, workerCount: 1, ...options }).ready;
const count = (to: number) => ({ message: { type: 'count', to } });
const endless = (size = 0) => ({ message: { type: 'endless', size } });
const made = { message: { type: 'made' } };
const numbers = (to: number) => Array.from({ length: to }, (_, index) => index + 1);

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** What a stream gave before it failed, and with what it did. */
async function untilFailure(items: AsyncIterable<unknown>) {
  const list: unknown[] = [];
  const error = await failureOf(
    (async () => {
      for await (const item of items) list.push(item);
    })(),
  );
  return { list, error };
}

for (const serialization of ['json', 'advanced'] as const) {
  describe(`streams (${serialization})`, () => {
    leavesNothingBehind();

    it('go from worker to primary, 100,000 items in order', async () => {
      await using primary = await open({ serialization });
      let last = 0;

      for await (const number of primary.stream(count(100_000))) {
        if (number !== last + 1) expect.fail(`${number} came after ${last}`);
        last = number;
      }

      expect(last).to.equal(100_000);
      expect(firstWorker(primary).pending).to.equal(0);
    });

    it('go from primary to worker', async () => {
      await using primary = await open({ serialization });

      const { items } = await primary.request({ message: { type: 'read', order: count(5_000).message } });

      expect(items).to.deep.equal(numbers(5_000));
      expect(primary.left).to.equal(1);
    });

    it('surface an error in the middle, after the items before it', async () => {
      await using primary = await open({ serialization });

      const { list, error } = await untilFailure(primary.stream({ message: { type: 'burn', to: 1_000 } }));
      const up = await primary.request({ message: { type: 'read', order: { type: 'burn' } } });

      expect(list).to.deep.equal(numbers(1_000));
      expect(error).to.be.instanceOf(RemoteError);
      expect(error.details).to.include({ remoteName: 'RangeError', remoteCode: 'E_BURNT' });
      expect(up).to.deep.equal({
        items: ['warm'],
        error: { name: 'RemoteError', code: 'CLUSTER_REMOTE', message: 'burnt' },
      });
    });
  });
}

describe('streams', () => {
  leavesNothingBehind();

  describe('that are left', () => {
    it('run the finally of a worker’s generator', async () => {
      await using primary = await open();
      const left = nextOf(primary, 'workerMessage');

      for await (const { number } of primary.stream(endless())) if (number === 1_000) break;

      expect((await left).message).to.deep.equal({ type: 'left', aborted: true });
      expect(firstWorker(primary).pending).to.equal(0);
    });

    it('run the finally of a primary’s generator', async () => {
      await using primary = await open();

      const { items } = await primary.request({ message: { type: 'read', order: count(1e9).message, atMost: 3 } });

      expect(items).to.deep.equal([1, 2, 3]);
      await until(() => primary.left === 1, 5_000, 'finally');
    });

    it('by an abort reject with its reason, and run the finally', async () => {
      await using primary = await open();
      const left = nextOf(primary, 'workerMessage');
      const controller = new AbortController();
      let seen = 0;

      const error = await failureOf(
        (async () => {
          for await (const { number } of primary.stream({ ...endless(), signal: controller.signal })) {
            seen = number;
            if (number === 10) controller.abort(new Error('enough'));
          }
        })(),
      );

      expect(error.message).to.equal('enough');
      expect(seen).to.equal(10);
      expect((await left).message).to.have.property('aborted', true);
    });
  });

  describe('that are read slowly', () => {
    it('let a worker’s generator wait', async () => {
      await using primary = await open();
      const stream = primary.stream(endless(10_000));

      for (let read = 1; read <= 300; read++) {
        expect((await stream.next()).value).to.have.property('number', read);
        if (read % 50 > 0) continue;
        // It never gets further ahead, however long it has for it.
        const states = [await primary.request(made), await primary.request(made)];
        for (const each of states) expect(each.made).to.be.within(read, read + 257);
      }
      await stream.return();
    });

    it('let a primary’s generator wait for a worker that is stopped, in bounded memory', async () => {
      await using primary = await open();
      const reading = primary.request({ message: { type: 'read', order: count(1e9).message, atMost: 50_000 } });
      await until(() => primary.made > 1_000, 5_000, 'items');
      firstWorker(primary).kill('SIGSTOP');
      const before = primary.made;
      let after = before;
      await until(
        () => {
          const stands = primary.made === after;
          after = primary.made;
          return stands;
        },
        5_000,
        'standstill',
      );
      expect(after - before).to.be.below(3_000);

      firstWorker(primary).kill('SIGCONT');
      expect((await reading).items).to.have.lengthOf(50_000);
    });

    it('keep the memory of both processes bounded', async () => {
      await using primary = await open();
      const stream = primary.stream(endless(10_000));
      await stream.next();
      const { memory: workerBefore } = await primary.request(made);
      const before = process.memoryUsage.rss();

      // Of an endless producer of 10 KB items: without a limit, hundreds of megabytes come in the meantime.
      for (let turn = 0; turn < 2_000; turn++) await primary.request({ message: { type: 'echo', value: turn } });

      const { memory: workerAfter } = await primary.request(made);
      expect((process.memoryUsage.rss() - before) / 2 ** 20).to.be.below(60);
      expect((workerAfter - workerBefore) / 2 ** 20).to.be.below(60);
      await stream.return();
    });
  });

  it('of a worker that is killed end with that, after what was received', async () => {
    await using primary = await open();
    const stream = primary.stream({ message: { type: 'die', to: 200 } });
    expect(await stream.next()).to.deep.equal({ done: false, value: 1 });
    const pid = firstWorker(primary).pid;

    const exit = nextOf(primary, 'workerExit');
    primary.served.resolve();
    expect((await exit).worker.pid).to.equal(pid);
    const { list, error } = await untilFailure(stream);

    expect(list).to.deep.equal(numbers(200).slice(1));
    expect(error).to.include({ name: 'WorkerExitedError', code: 'CLUSTER_WORKER_EXITED' });
    expect(error.details).to.include({ signal: 'SIGKILL' });
  });

  it('of a primary are left when the worker that reads dies', async () => {
    await using primary = await open();
    const reading = failureOf(primary.request({ message: { type: 'read', order: count(1e9).message } }));
    await until(() => primary.made > 100, 5_000, 'items');

    firstWorker(primary).kill('SIGKILL');

    expect(await reading).to.include({ code: 'CLUSTER_WORKER_EXITED' });
    await until(() => primary.left === 1, 5_000, 'finally');
  });

  it('share the channel with each other and with requests', async () => {
    await using primary = await open({ workerCount: 2 });
    const lengths = numbers(60).map(each => each * 20);

    const [streams, echoes] = await Promise.all([
      Promise.all(lengths.map(length => all(primary.stream(count(length))))),
      Promise.all(numbers(2_000).map(value => primary.request({ message: { type: 'echo', value } }))),
    ]);

    expect(streams.map(({ length }) => length)).to.deep.equal(lengths);
    expect(streams.every(items => items.every((item, index) => item === index + 1))).to.equal(true);
    expect(echoes).to.deep.equal(numbers(2_000));
  });

  it('take turns among the workers, or go to the one that is named', async () => {
    await using primary = await open({ workerCount: 2 });
    const [first, second] = primary.workers;
    const streams = numbers(4).map(() => primary.stream(endless()));
    await Promise.all(streams.map(stream => stream.next()));
    expect([first?.pending, second?.pending]).to.deep.equal([2, 2]);

    const named = primary.stream({ ...endless(), to: second?.name });
    await named.next();
    expect([first?.pending, second?.pending]).to.deep.equal([2, 3]);

    await Promise.all([...streams, named].map(stream => stream.return()));
  });

  it('open for a single worker by its handle', async () => {
    await using primary = await open();

    expect(await all(firstWorker(primary).stream(count(10)))).to.deep.equal(numbers(10));
  });

  it('wait until there is a worker', async () => {
    await using primary = new Kitchen({ workerScript });
    const items = all(primary.stream(count(5)));

    await primary.fork();

    expect(await items).to.deep.equal(numbers(5));
  });

  it('that wait for a worker can be left, and end with the cluster', async () => {
    const primary = await new Kitchen({ workerScript }).ready;
    const [left, kept] = [primary.stream(count(5)), primary.stream(count(5))];
    const first = left.next();
    const second = failureOf(kept.next());

    await left.return();
    await primary.destroy();

    expect(await first).to.deep.equal({ done: true, value: undefined });
    expect(await second).to.include({ code: 'CLUSTER_SHUT_DOWN' });
  });

  it('can be read while a worker starts', async () => {
    await using primary = await open({ workerEnv: { STREAMER_EARLY: 'yes' } });

    await until(() => primary.early.length > 0, 5_000, 'items');
    expect(primary.early).to.deep.equal([1, 2, 3]);
  });

  describe('and requests, taken for each other,', () => {
    it('reject with WrongCallError', async () => {
      await using primary = await open();
      const wrong = { code: 'CLUSTER_WRONG_CALL', name: 'WrongCallError' };

      const requested = await failureOf(primary.request(count(1)));
      expect(requested).to.include(wrong).and.have.nested.property('details.use', 'stream');
      for (const type of ['plain', 'list']) {
        const streamed = await failureOf(primary.stream({ message: { type } }).next());
        expect(streamed).to.include(wrong).and.have.deep.property('details', { type, use: 'request' });
      }
      const up = await primary.request({ message: { type: 'read', order: { type: 'plain' } } });
      expect(up).to.have.nested.property('error.code', 'CLUSTER_WRONG_CALL');
    });

    it('reject for types that nobody handles', async () => {
      await using primary = await open();
      const unknown = await failureOf(primary.stream({ message: { type: 'unheard' } }).next());

      expect(unknown).to.include({ code: 'CLUSTER_UNKNOWN_MESSAGE_TYPE' });
    });

    it('reject for a worker that does not use the library', async () => {
      await using primary = await open({ workerScript: fixture('raw'), readyOn: 'message' });
      const error = await failureOf(primary.stream(count(1)).next());

      expect(error).to.include({ code: 'CLUSTER_WRONG_CALL' }).and.have.nested.property('details.use', 'send');
    });
  });

  it('refuse orders they cannot take, at once', async () => {
    const primary = new Kitchen({ initialize: false });

    expect(() => primary.stream({ ...count(1), timeout: 5 } as never)).to.throw('stream() has no option `timeout`');
    expect(() => primary.stream({} as never)).to.throw('Expected `message` to be given to stream()');
  });

  it('are published as requests, and can be prevented', async () => {
    await using primary = await open();
    const seen = record(primary, ['workerRequest']);
    const read = { message: { type: 'read', order: count(2).message } };
    expect(await primary.request(read)).to.deep.equal({ items: [1, 2] });

    primary.on('workerRequest', event => event.prevent());

    expect(await primary.request(read)).to.have.nested.property('error.code', 'CLUSTER_REQUEST_PREVENTED');
    expect(seen).to.have.lengthOf(2);
  });

  it('end at an item that cannot be sent', async () => {
    await using primary = await open();

    const { list, error } = await untilFailure(primary.stream({ message: { type: 'bigint' } }));

    expect(list).to.deep.equal(['small']);
    expect(error.details).to.include({ remoteCode: 'CLUSTER_UNSERIALIZABLE_MESSAGE' });
  });

  it('end at an item that does not fit the schema of the reply', async () => {
    const schemas = {
      primaryRequest: { count: { reply: z.number().max(3) }, endless: { payload: z.object({ type: z.string() }) } },
      workerRequest: { count: { payload: z.object({ type: z.string(), to: z.number() }) } },
    };
    await using primary = await open({ schemas });

    const { list, error } = await untilFailure(primary.stream(count(1e9)));
    const up = await primary.request({ message: { type: 'read', order: { type: 'count', to: 'four' } } });

    expect(list).to.deep.equal([1, 2, 3]);
    expect(error).to.include({ code: 'CLUSTER_MESSAGE_VALIDATION' });
    expect(firstWorker(primary).pending).to.equal(0);
    expect(up).to.have.nested.property('error.code', 'CLUSTER_MESSAGE_VALIDATION');
  });

  describe('of a worker that leaves', () => {
    it('are finished first', async () => {
      await using primary = await open();
      const stream = primary.stream({ message: { type: 'cook' } });
      expect(await stream.next()).to.have.property('value', 'begun');

      const left = firstWorker(primary).destroy();
      primary.served.resolve();

      expect(await all(stream)).to.deep.equal(['cooked']);
      expect(await left).to.include({ code: 0, rung: 'asked' });
    });

    it('are cut at its deadline', async () => {
      await using primary = await open();
      const stream = primary.stream({ message: { type: 'cook' } });
      await stream.next();

      const [{ error }, exit] = await Promise.all([
        untilFailure(stream),
        firstWorker(primary).destroy({ timeout: 50 }),
      ]);

      expect(error).to.include({ code: 'CLUSTER_WORKER_EXITED' });
      expect(exit.cause).to.equal('destroyed');
      primary.served.resolve();
    });

    it('do not keep it: who reads them can leave', async () => {
      await using primary = await open();
      const stream = primary.stream(endless());
      await stream.next();
      const exit = firstWorker(primary).destroy();

      await stream.return();

      expect(await withDeadline(exit, 5_000, 'exit')).to.include({ code: 0, rung: 'asked' });
    });
  });
});
