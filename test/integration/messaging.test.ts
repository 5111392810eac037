import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  RemoteError,
  type WorkerMessageEvent,
  type WorkerRequestEvent,
} from '../../lib/index.js';
import { firstWorker, forkOne, next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { capturedWarnings } from '../support/warnings.js';
import { failureOf } from '../support/with-deadline.js';

const workerScript = fixture('chef');
const echo = (value: unknown) => ({ message: { type: 'echo', value } });
const note = (number: number) => ({ message: { type: 'note', number } });
const seen = { message: { type: 'seen' } };

/** Answers what the chefs ask for. */
class Kitchen extends ClusterPrimary {
  readonly numbers: number[] = [];

  /** No warnings: the tests look at the errors themselves. */
  protected override _eventSendError(): void {}

  _eventWorkerMessage_number({ data: { message } }: WorkerMessageEvent<AnyProtocol>): void {
    this.numbers.push(message.number);
  }

  _eventWorkerRequest_double({ data: { message } }: WorkerRequestEvent<AnyProtocol>): number {
    return message.number * 2;
  }

  _eventWorkerRequest_burn(): never {
    throw Object.assign(new RangeError('too hot'), { code: 'E_HOT', details: { degrees: 400 } });
  }

  _eventWorkerRequest_nothing(): void {}

  _eventWorkerRequest_wait({ data: { signal } }: WorkerRequestEvent<AnyProtocol>): Promise<void> {
    return new Promise(resolve => signal.addEventListener('abort', () => resolve()));
  }

  async *_eventWorkerRequest_menu(): AsyncGenerator<string> {
    yield 'soup';
  }
}

const open = (options: ClusterPrimaryOptions = {}) => new Kitchen({ workerScript, ...options }).ready;

describe('messaging', () => {
  leavesNothingBehind();

  it('that nobody handles brings one warning per type, from each primary', async () => {
    await using left = await open({ workerCount: 1, workerSilent: true });
    await using right = await open({ workerCount: 1, workerSilent: true });
    const tell = async (primary: ClusterPrimary, time: number) => {
      const unhandled = nextOf(primary, 'workerMessageUnhandled');
      await primary.send({ message: { type: 'simmer', time } });
      await unhandled;
    };

    const warnings = await capturedWarnings(async () => {
      for (const time of [1, 2, 3]) await Promise.all([tell(left, time), tell(right, time)]);
    });

    expect(warnings.map(({ code }) => code)).to.deep.equal(['unhandled:simmering', 'unhandled:simmering']);
  });

  describe('where to', () => {
    it('is a handle, an id, a name, or a list of these, and each is reached once', async () => {
      await using primary = await open({ workerCount: 3 });
      const [a, b, c] = primary.workers;
      if (!a || !b || !c) throw new Error('Three were forked');

      expect(await primary.send({ ...note(1), to: a })).to.deep.equal([a]);
      expect(await primary.send({ ...note(2), to: b.id })).to.deep.equal([b]);
      expect(await primary.send({ ...note(3), to: c.name })).to.deep.equal([c]);
      expect(await primary.send({ ...note(4), to: [a, b.id, c.name, a.name, 'all'] })).to.have.members([a, b, c]);

      const noted = await Promise.all([a, b, c].map(worker => worker.request(seen)));
      expect(noted.map(list => list.map(({ number }: { number: number }) => number))).to.deep.equal([
        [1, 4],
        [2, 4],
        [3, 4],
      ]);
    });

    it('is every ready worker when it is not said', async () => {
      await using primary = await open({ workerCount: 2 });

      expect(await primary.send(note(1))).to.have.members([...primary.workers]);
    });

    it('may be nobody', async () => {
      await using primary = await open();

      expect(await primary.send(note(1))).to.deep.equal([]);
    });

    it('is an error when it is written out as undefined', async () => {
      await using primary = await open();
      const to = primary.roundRobin();

      expect(await failureOf(primary.send({ ...note(1), to }))).to.include({ code: 'CLUSTER_NO_WORKER' });
      expect(await failureOf(primary.request({ ...echo(1), to }))).to.include({ code: 'CLUSTER_NO_WORKER' });
    });

    it('is an error when nobody has this id or name', async () => {
      await using primary = await open({ workerCount: 1 });

      for (const to of [999, 'nobody'] as const) {
        expect(await failureOf(primary.send({ ...note(1), to }))).to.include({ code: 'CLUSTER_UNKNOWN_WORKER' });
        expect(await failureOf(primary.request({ ...echo(1), to }))).to.include({ code: 'CLUSTER_UNKNOWN_WORKER' });
      }
    });

    it('is an error for a worker that is gone', async () => {
      await using primary = await open({ workerCount: 2 });
      const worker = firstWorker(primary);
      await worker.destroy();

      for (const failure of [worker.send(note(1)), primary.send({ ...note(1), to: worker }), worker.request(echo(1))]) {
        expect(await failureOf(failure)).to.include({ code: 'CLUSTER_WORKER_EXITED' });
      }
    });

    it('is told one by one when a message to several does not reach all', async () => {
      await using primary = await open({ workerCount: 1 });

      const error = await failureOf(primary.send({ ...note(1), to: [firstWorker(primary), 'nobody'] }));

      expect(error).to.be.instanceOf(AggregateError);
      expect((error as unknown as AggregateError).errors).to.have.nested.property('[0].code', 'CLUSTER_UNKNOWN_WORKER');
      expect(await firstWorker(primary).request(seen)).to.have.length(1);
    });

    it('by name is the slot, also while its worker is being replaced', async () => {
      await using primary = await open();
      const worker = await forkOne(primary, { name: 'soup' });
      worker.kill('SIGKILL');
      await worker.exited;

      const sent = primary.send({ ...note(1), to: 'soup' });
      const answer = primary.request({ ...seen, to: 'soup' });

      expect((await sent)[0]).to.include({ name: 'soup', generation: 2 });
      expect(await answer).to.have.length(1);
    });
  });

  describe('what cannot be sent', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const culprits: [string, unknown][] = [
      ['a BigInt', 1n],
      ['a function', () => {}],
      ['a symbol', Symbol('s')],
      ['a cycle', cycle],
      ['a Map', new Map()],
      ['a Buffer', Buffer.from('x')],
    ];

    for (const [what, value] of culprits) {
      it(`by json: ${what}`, async () => {
        await using primary = await open({ workerCount: 1 });

        for (const failure of [primary.send(echo(value)), primary.request(echo(value))]) {
          expect(await failureOf(failure)).to.include({ code: 'CLUSTER_UNSERIALIZABLE_MESSAGE' });
        }
        expect(await primary.request(echo('fine'))).to.equal('fine');
      });
    }

    it('is an answer, which the requester is told', async () => {
      await using primary = await open({ workerCount: 1 });

      const error = await failureOf(primary.request({ message: { type: 'bigint' }, timeout: 2_000 }));

      expect(error.message).to.contain('BigInt');
    });

    it('by advanced serialization: a function, while the rest arrives as it was', async () => {
      await using primary = await open({ workerCount: 1, serialization: 'advanced' });
      const value = { big: 1n, map: new Map([[1, new Set([2])]]), date: new Date(0), bytes: Buffer.from('x'), cycle };

      expect(await failureOf(primary.request(echo(() => {})))).to.include({ code: 'CLUSTER_UNSERIALIZABLE_MESSAGE' });
      expect(await primary.request(echo({ ...value, bytes: new Uint8Array([1]) }))).to.deep.equal({
        ...{ ...value, bytes: new Uint8Array([1]) },
      });
    });
  });

  describe('a request of the primary', () => {
    it('is answered', async () => {
      await using primary = await open({ workerCount: 1 });

      expect(await primary.request(echo({ deep: [1, null, 'x'] }))).to.deep.equal({ deep: [1, null, 'x'] });
    });

    it('is answered with undefined by a handler that returns nothing', async () => {
      await using primary = await open({ workerCount: 1 });

      expect(await primary.request({ message: { type: 'nothing' } })).to.equal(undefined);
    });

    it('rejects with what the handler threw', async () => {
      await using primary = await open({ workerCount: 1 });

      const error = await failureOf(primary.request({ message: { type: 'throw', text: 'ouch' } }));

      expect(error).to.be.instanceOf(RemoteError).and.to.include({ message: 'ouch', code: 'CLUSTER_REMOTE' });
      expect(error.details).to.deep.include({
        remoteName: 'TypeError',
        remoteCode: 'E_BURNT',
        remoteDetails: { pan: 3 },
      });
      expect(error).to.have.nested.property('details.remoteStack').that.contains('chef');
    });

    it('rejects with what the handler rejected with', async () => {
      await using primary = await open({ workerCount: 1 });

      const error = await failureOf(primary.request({ message: { type: 'reject', text: 'later' } }));

      expect(error.details).to.include({ remoteName: 'RangeError', remoteCode: 42 });
    });

    it('rejects when nobody handles it, and names the type', async () => {
      await using primary = await open({ workerCount: 1 });

      const error = await failureOf(primary.request({ message: { type: 'toString' } }));

      expect(error).to.include({ code: 'CLUSTER_UNKNOWN_MESSAGE_TYPE' });
      expect(error.message).to.contain('toString');
    });

    it('rejects when the handler is a stream', async () => {
      await using primary = await open({ workerCount: 1 });

      expect(await failureOf(primary.request({ message: { type: 'menu' } }))).to.include({
        code: 'CLUSTER_WRONG_CALL',
      });
    });

    it('rejects at its timeout, tells the handler, and drops the late answer', async () => {
      await using primary = await open({ workerCount: 1 });
      const told = next(primary, 'workerMessage', 2);

      const error = await failureOf(primary.request({ message: { type: 'wait' }, timeout: 1_000 }));

      expect(error).to.include({ code: 'CLUSTER_REQUEST_TIMEOUT' });
      expect((await told).map(({ message }) => (message as { type: string }).type)).to.deep.equal([
        'waiting',
        'aborted',
      ]);
      expect(await primary.request(echo(1))).to.equal(1);
      expect(firstWorker(primary).pending).to.equal(0);
    });

    it('rejects with the reason of its signal, and aborts that of the handler', async () => {
      await using primary = await open({ workerCount: 1 });
      const controller = new AbortController();
      const reply = failureOf(primary.request({ message: { type: 'wait' }, signal: controller.signal }));
      await nextOf(primary, 'workerMessage');
      const aborted = nextOf(primary, 'workerMessage');

      controller.abort(new Error('changed my mind'));

      expect(await reply).to.include({ message: 'changed my mind' });
      expect((await aborted).message).to.deep.equal({ type: 'aborted' });
    });

    it('waits for a worker to be ready', async () => {
      await using primary = await open();
      const answer = primary.request(echo('first'));

      await primary.fork();

      expect(await answer).to.equal('first');
    });

    it('rejects when no worker gets ready in time', async () => {
      await using primary = await open();

      const error = await failureOf(primary.request({ ...echo(1), timeout: 50 }));

      expect(error).to.include({ code: 'CLUSTER_REQUEST_TIMEOUT' });
    });

    it('rejects when its worker dies', async () => {
      await using primary = await open({ workerCount: 1 });
      const worker = firstWorker(primary);
      const reply = failureOf(worker.request({ message: { type: 'wait' }, timeout: Number.POSITIVE_INFINITY }));
      await nextOf(primary, 'workerMessage');

      worker.kill('SIGKILL');

      expect(await reply)
        .to.include({ code: 'CLUSTER_WORKER_EXITED' })
        .and.to.have.nested.property('details.signal', 'SIGKILL');
    });

    it('goes round robin by type, when it does not say to whom', async () => {
      await using primary = await open({ workerCount: 3 });
      const ids: number[] = [];

      for (let i = 0; i < 6; i++) ids.push((await primary.request({ message: { type: 'whoAreYou' } })).id);

      expect(ids.slice(0, 3)).to.have.members(primary.workers.map(({ id }) => id));
      expect(ids.slice(3)).to.deep.equal(ids.slice(0, 3));
    });
  });

  describe('a request of a worker', () => {
    const cases: [string, object, object][] = [
      ['is answered', { message: { type: 'double', number: 21 } }, { value: 42, none: false }],
      ['is answered with undefined', { message: { type: 'nothing' } }, { none: true }],
      ['rejects when nobody handles it', { message: { type: 'nope' } }, { code: 'CLUSTER_UNKNOWN_MESSAGE_TYPE' }],
      ['rejects when it is a stream', { message: { type: 'menu' } }, { code: 'CLUSTER_WRONG_CALL' }],
      ['rejects at its timeout', { message: { type: 'wait' }, timeout: 50 }, { code: 'CLUSTER_REQUEST_TIMEOUT' }],
      [
        'rejects with what the handler threw',
        { message: { type: 'burn' } },
        { code: 'CLUSTER_REMOTE', message: 'too hot' },
      ],
    ];
    for (const [title, order, expected] of cases) {
      it(title, async () => {
        await using primary = await open({ workerCount: 1 });
        const answer = nextOf(primary, 'workerMessage');

        await primary.send({ message: { type: 'ask', order } });

        expect((await answer).message)
          .to.have.property('answer')
          .that.includes(expected);
        expect(firstWorker(primary).pending).to.equal(0);
      });
    }

    it('rejects when a subscriber prevents it', async () => {
      await using primary = await open({ workerCount: 1 });
      primary.before('workerRequest', event => void event.prevent());
      const answer = nextOf(primary, 'workerMessage');

      await primary.send({ message: { type: 'ask', order: { message: { type: 'double', number: 1 } } } });

      expect(await answer).to.have.nested.property('message.answer.code', 'CLUSTER_REQUEST_PREVENTED');
    });

    it('that is aborted aborts the signal of the handler', async () => {
      await using primary = await open({ workerCount: 1 });
      const answer = nextOf(primary, 'workerMessage');

      await primary.send({ message: { type: 'ask', abort: true, order: { message: { type: 'wait' } } } });

      expect(await answer).to.have.nested.property('message.answer.message', 'never mind');
      await primary.request(echo('everything before this was handled'));
      expect(firstWorker(primary).pending).to.equal(0);
    });
  });

  describe('order', () => {
    it('of 10,000 messages to a worker is that of the calls', async () => {
      await using primary = await open({ workerCount: 1 });

      for (let number = 0; number < 10_000; number++) primary.send(note(number));
      const noted: { number: number }[] = await primary.request(seen);

      expect(noted.length).to.equal(10_000);
      expect(noted.every(({ number }, index) => number === index)).to.equal(true);
    });

    it('of 10,000 messages from a worker is that of the calls', async () => {
      await using primary = await open({ workerCount: 1 });

      await primary.send({ message: { type: 'repeat', count: 10_000 } });
      await primary.request(echo('answered after all of them'));

      expect(primary.numbers.length).to.equal(10_000);
      expect(primary.numbers.every((number, index) => number === index)).to.equal(true);
    });

    it('holds for what is sent right after the fork, to a worker that is slow to start', async () => {
      await using primary = await open();
      const noted: Promise<unknown>[] = [];
      primary.on('workerFork', ({ data: { worker } }) => {
        for (let number = 0; number < 100; number++) noted.push(worker.send(note(number)));
      });
      const waiting = nextOf(primary, 'workerRequest');
      Object.assign(primary, { _eventWorkerRequest_mayStart: () => Promise.all(noted).then(() => {}) });

      const worker = await forkOne(primary, { env: { CHEF_START: 'ask' } });

      await waiting;
      const numbers = (await worker.request(seen)).map(({ number }: { number: number }) => number);
      expect(numbers).to.deep.equal(Array.from({ length: 100 }, (_, index) => index));
    });
  });
});
