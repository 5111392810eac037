import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StreamReader } from '../../lib/channel/stream-reader.js';
import {
  InvalidOptionError,
  NoWorkerError,
  RequestTimeoutError,
  ShutDownError,
  UnknownWorkerError,
  WorkerExitedError,
} from '../../lib/errors/errors.js';
import { Mailer } from '../../lib/primary/mailer.js';
import { Receivers } from '../../lib/primary/receivers.js';
import { FrameKind, replyFrame } from '../../lib/protocol/frame.js';
import { FakeCrew } from '../support/fake-supervisor.js';
import type { FakeWorker } from '../support/fake-worker.js';
import { rejection } from '../support/thrown.js';

const message = { type: 'cook', dish: 'soup' };

class Post extends FakeCrew {
  readonly mailer = new Mailer(new Receivers(this.supervisor, this.clock), this.clock, this.announce);

  /** A checked request, with a timeout of a second; what is thrown at once rejects, as in a primary. */
  request(order: object = {}): Promise<unknown> {
    const asked = new Promise(resolve => resolve(this.mailer.request({ message, timeout: 1_000, ...order })));
    asked.catch(() => {});
    return asked;
  }

  stream(order: object = {}): StreamReader {
    return new StreamReader({ open: reader => this.mailer.stream({ message, ...order }, reader) });
  }

  send(order: object): Promise<unknown> {
    return new Promise(resolve => resolve(this.mailer.send({ message, ...order })));
  }
}

/** Lets everything that is on its way arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}

/** Answers the first request that the worker was asked. */
function answer(worker: FakeWorker, value: unknown): void {
  worker.says(replyFrame(worker.frames.at(-1)?.[1] ?? 0, value));
}

describe('Mailer', () => {
  describe('#send', () => {
    it('reaches every ready worker without `to`, and resolves with their handles', async () => {
      using post = new Post();
      const handles = await post.ready(2);
      void post.fork();

      expect(await post.mailer.send({ message })).to.deep.equal(handles);
      expect(await post.mailer.send({ message, to: 'all' })).to.deep.equal(handles);

      expect(post.cluster.workers.map(({ bodies }) => bodies.length)).to.deep.equal([2, 2, 0]);
    });

    it('reaches nobody when nobody is ready', async () => {
      using post = new Post();

      expect(await post.mailer.send({ message })).to.deep.equal([]);
    });

    it('reaches one by handle, id or name, and several by an array', async () => {
      using post = new Post();
      const [first, second] = await post.ready(2);

      for (const to of [second, 2, 'default-1'])
        expect(await post.mailer.send({ message, to })).to.deep.equal([second]);
      expect(await post.mailer.send({ message, to: [2, 'default-0', 2] })).to.deep.equal([second, first]);

      expect(post.cluster.workers.map(({ bodies }) => bodies.length)).to.deep.equal([1, 4]);
    });

    it('reaches one that is selected, or every ready worker of a group', async () => {
      using post = new Post();
      const [first, second] = await post.ready(2);
      const group = 'default';

      expect(await post.mailer.send({ message, to: { group } })).to.deep.equal([first]);
      expect(await post.mailer.send({ message, to: { group } })).to.deep.equal([second]);
      expect(await post.mailer.send({ message, to: { group, select: 'all' } })).to.deep.equal([first, second]);
      expect(await post.mailer.send({ message, to: [{ group }, 'default-0'] })).to.deep.equal([first]);

      expect(post.cluster.workers.map(({ bodies }) => bodies.length)).to.deep.equal([3, 2]);
    });

    it('does not wait for one to select, and announces that', async () => {
      using post = new Post();
      void post.fork();

      const error = await rejection(post.mailer.send({ message, to: { group: 'default' } }));

      expect(error).to.be.instanceOf(NoWorkerError);
      expect(post.announced.at(-1)).to.deep.equal(['sendError', { error, message, worker: undefined }]);
      expect(await post.mailer.send({ message, to: { select: 'all' } })).to.deep.equal([]);
    });

    it('rejects with an AggregateError when one of a whole group was not reached', async () => {
      using post = new Post();
      await post.ready(1);
      const lost = post.mailer.send({ message: { big: 1n }, to: { group: 'default', select: 'all' } });

      expect(await rejection(lost)).to.be.instanceOf(AggregateError);
    });

    it('is never a broadcast when `to` is undefined', async () => {
      using post = new Post();
      await post.ready(2);

      expect(await rejection(post.send({ to: undefined }))).to.be.instanceOf(NoWorkerError);

      expect(post.cluster.workers.map(({ bodies }) => bodies.length)).to.deep.equal([0, 0]);
    });

    it('rejects for an unknown worker, and announces it', async () => {
      using post = new Post();

      const error = await rejection(post.mailer.send({ message, to: 'waiter' }));

      expect(error).to.be.instanceOf(UnknownWorkerError);
      expect(post.announced).to.deep.equal([['sendError', { error, message, worker: undefined }]]);
    });

    it('rejects with all errors when several were meant, and reaches the others', async () => {
      using post = new Post();
      await post.ready(2);
      post.cluster.worker(0).exits(1);

      const error = await rejection<AggregateError>(post.mailer.send({ message, to: ['waiter', 2, 99] }));

      expect(error).to.be.instanceOf(AggregateError).with.property('message', 'The message did not reach 2 of 3');
      expect(error.errors.map(({ name }) => name)).to.deep.equal(['UnknownWorkerError', 'UnknownWorkerError']);
      expect(post.cluster.worker(1).bodies).to.deep.equal([message]);
    });

    it('rejects with an AggregateError for an array of one', async () => {
      using post = new Post();

      expect(await rejection(post.mailer.send({ message, to: ['waiter'] }))).to.be.instanceOf(AggregateError);
    });

    it('rejects for a worker that is gone, and does not reach its replacement', async () => {
      using post = new Post();
      const [cook] = await post.ready(1, 'cook');
      post.cluster.worker(0).exits(1);
      post.cluster.worker(1).becomesReady();

      expect(await rejection(post.mailer.send({ message, to: cook }))).to.be.instanceOf(WorkerExitedError);

      expect(post.cluster.worker(1).bodies).to.deep.equal([]);
    });

    it('keeps the order towards a worker that is not there yet', async () => {
      using post = new Post();
      void post.fork(1, 'cook');

      const first = post.mailer.send({ message: 1, to: 'cook' });
      const second = post.mailer.send({ message: 2, to: 1 });
      post.cluster.worker(0).becomesReady();
      await Promise.all([first, second]);

      expect(post.cluster.worker(0).bodies).to.deep.equal([1, 2]);
    });

    it('waits for the replacement when a name has nobody, and keeps the order', async () => {
      using post = new Post();
      await post.ready(1, 'cook');
      post.cluster.worker(0).exits(1);
      post.cluster.worker(1).exits(1);
      const [first, second] = [1, 2].map(each => post.mailer.send({ message: each, to: 'cook' }));

      post.clock.advance(100);
      const third = post.mailer.send({ message: 3, to: 'cook' });
      post.cluster.worker(2).becomesReady();

      expect((await Promise.all([first, second, third])).flat().map(handle => handle?.id)).to.deep.equal([3, 3, 3]);
      expect(post.cluster.worker(2).bodies).to.deep.equal([1, 2, 3]);
    });

    it('waits no longer when the signal aborts', async () => {
      using post = new Post();
      await post.ready(1, 'cook');
      post.cluster.worker(0).exits(1);
      post.cluster.worker(1).exits(1);
      const abort = new AbortController();
      const sent = post.mailer.send({ message, to: 'cook', signal: abort.signal });

      abort.abort(new Error('closed'));

      expect(await rejection(sent)).to.have.property('message', 'closed');
      post.clock.advance(100);
      post.cluster.worker(2).becomesReady();
      await settle();
      expect(post.cluster.worker(2).bodies).to.deep.equal([]);
    });

    it('waits not at all when the signal is aborted already', async () => {
      using post = new Post();
      await post.ready(1, 'cook');
      post.cluster.worker(0).exits(1);
      post.cluster.worker(1).exits(1);

      const signal = AbortSignal.abort(new Error('closed'));

      expect(await rejection(post.mailer.send({ message, to: 'cook', signal }))).to.have.property('message', 'closed');
    });

    it('rejects when the slot it waits for is given up', async () => {
      using post = new Post();
      await post.ready(1, 'cook');
      post.cluster.worker(0).exits(1);
      post.cluster.worker(1).exits(1);
      const sent = post.mailer.send({ message, to: 'cook' });

      await post.supervisor.shutDown();

      expect(await rejection(sent)).to.be.instanceOf(ShutDownError);
    });
  });

  describe('#stream', () => {
    it('opens at once on the worker that is named, before what is sent next', async () => {
      using post = new Post();
      await post.ready(2);
      void post.stream({ to: 'default-1' }).next();
      void post.send({ to: 'default-1' });
      await settle();

      const kinds = post.cluster.worker(1).frames.map(([kind]) => kind);
      expect(kinds).to.deep.equal([FrameKind.open, FrameKind.message]);
    });

    it('opens on the next worker for the type without `to`', async () => {
      using post = new Post();
      await post.ready(2);
      for (let count = 0; count < 3; count++) void post.stream().next();
      await settle();

      expect(post.cluster.workers.map(({ frames }) => frames.length)).to.deep.equal([2, 1]);
    });

    it('waits for a worker, as long as it is read', async () => {
      using post = new Post();
      void post.fork();
      const [left, kept] = [post.stream(), post.stream()];
      const leaving = left.next();
      void kept.next();
      await settle();

      await left.return();
      post.cluster.worker(0).becomesReady();
      await settle();

      expect(await leaving).to.have.property('done', true);
      expect(post.cluster.worker(0).frames.filter(([kind]) => kind === FrameKind.open)).to.have.lengthOf(1);
      expect(post.clock.pending).to.be.at.most(1);
    });

    it('ends with why there is no worker', async () => {
      using post = new Post();
      await post.ready();

      expect(await rejection(post.stream({ to: undefined }).next())).to.be.instanceOf(NoWorkerError);
      expect(await rejection(post.stream({ to: 'nobody' }).next())).to.be.instanceOf(UnknownWorkerError);
      expect(await rejection(post.stream({ to: 'all' }).next())).to.be.instanceOf(InvalidOptionError);
    });

    it('ends with the worker', async () => {
      using post = new Post();
      await post.ready();
      const next = post.stream().next();
      await settle();

      post.cluster.worker(0).exits(1);

      const error = await rejection(next);
      expect(error).to.be.instanceOf(WorkerExitedError).with.nested.property('details.exitCode', 1);
    });
  });

  describe('#request', () => {
    it('asks the worker that is named', async () => {
      using post = new Post();
      await post.ready(2);
      const asked = post.request({ to: 'default-1' });
      await settle();
      answer(post.cluster.worker(1), 'done');

      expect(await asked).to.equal('done');
    });

    it('asks the next worker for the type without `to`', async () => {
      using post = new Post();
      await post.ready(2);
      for (const type of ['cook', 'cook', 'wash', 'cook']) void post.request({ message: { type } });
      await settle();

      expect(post.cluster.workers.map(({ bodies }) => bodies.length)).to.deep.equal([3, 1]);
    });

    it('asks one that is selected, and waits for it to be ready', async () => {
      using post = new Post();
      void post.fork();
      const asked = post.request({ to: { group: 'default', select: 'leastPending' } });
      post.cluster.worker(0).becomesReady();
      await settle();
      answer(post.cluster.worker(0), 'done');

      expect(await asked).to.equal('done');
    });

    it('asks again, if it may, when a worker dies', async () => {
      using post = new Post();
      await post.ready();
      const again = [{ attempts: 1 }, { attempts: 1, to: { group: 'default' } }].map(order => post.request(order));
      const once = [{ attempts: 0 }, {}].map(order => post.request(order));
      await post.ready();
      await settle();
      post.cluster.worker(0).exits(1);
      await settle();
      const [, second] = post.cluster.workers;
      for (const frame of second?.frames ?? []) second?.says(replyFrame(frame[1], 'done'));

      expect(await Promise.all(again)).to.deep.equal(['done', 'done']);
      for (const reply of once) expect(await rejection(reply)).to.be.instanceOf(WorkerExitedError);
    });

    it('asks nobody else, and so nothing again, where one process is meant', async () => {
      using post = new Post();
      const [cook] = await post.ready();

      for (const to of [cook, 1])
        expect(await rejection(post.request({ to, attempts: 1 })))
          .to.be.instanceOf(InvalidOptionError)
          .with.property(
            'message',
            'Expected `retry` to be left out where `to` is one process: there is no other to ask',
          );
      void post.request({ to: cook, attempts: 0 });

      expect(post.cluster.worker(0).bodies).to.have.lengthOf(1);
    });

    it('waits for a worker to be ready, within its timeout', async () => {
      using post = new Post();
      void post.fork();
      const asked = post.request();
      post.cluster.worker(0).becomesReady();
      await settle();
      answer(post.cluster.worker(0), 'done');

      expect(await asked).to.equal('done');
    });

    describe('without `to`, with groups', () => {
      const launch = { env: {}, args: [] };
      const into = (post: Post, group: string) => {
        post.supervisor.fork({ group }, launch).catch(() => {});
        return post.cluster.workers.at(-1) as FakeWorker;
      };

      it('asks the only group, and waits for a worker of it', async () => {
        using post = new Post({ groups: { api: {} } });
        const asked = post.request();
        const worker = into(post, 'api');
        worker.becomesReady();
        await settle();
        answer(worker, 'done');

        expect(await asked).to.equal('done');
      });

      it('rejects when there are several, ready or not', async () => {
        using post = new Post({ groups: { api: {}, jobs: {} } });

        const error = await rejection(post.request());

        expect(error)
          .to.be.instanceOf(InvalidOptionError)
          .with.property('message', 'Expected `to` of a request to be given, since there are several groups');
        expect(error.details).to.deep.equal({ option: 'to', value: undefined });
      });

      it('rejects as soon as a second group has a worker', async () => {
        using post = new Post({ groups: { api: {} } });
        into(post, 'api').becomesReady();
        into(post, 'default');

        expect(await rejection(post.request())).to.be.instanceOf(InvalidOptionError);
      });

      it('keeps to its group when a second one has come while it waited', async () => {
        using post = new Post({ groups: { api: {} } });
        const asked = post.request();
        into(post, 'default').becomesReady();
        const worker = into(post, 'api');
        worker.becomesReady();
        await settle();
        answer(worker, 'done');

        expect(await asked).to.equal('done');
      });

      it('asks whoever is named', async () => {
        using post = new Post({ groups: { api: {}, jobs: {} } });
        const worker = into(post, 'jobs');
        worker.becomesReady();
        const asked = post.request({ to: 'jobs-0' });
        await settle();
        answer(worker, 'done');

        expect(await asked).to.equal('done');
      });
    });

    it('rejects when no worker is ready in time', async () => {
      using post = new Post();
      const asked = post.request();
      post.clock.advance(1_000);

      const error = await rejection(asked);

      expect(error)
        .to.be.instanceOf(RequestTimeoutError)
        .with.property('message', 'No worker was ready to answer `cook` within 1000 ms');
      expect(error.details).to.deep.equal({ type: 'cook', timeout: 1_000 });
    });

    it('counts the waiting as part of its timeout', async () => {
      using post = new Post();
      void post.fork();
      const asked = post.request();
      post.clock.advance(600);
      post.cluster.worker(0).becomesReady();
      await settle();
      post.clock.advance(399);
      expect(post.cluster.worker(0).bodies).to.have.lengthOf(1);
      post.clock.advance(1);

      expect(await rejection(asked)).to.be.instanceOf(RequestTimeoutError);
    });

    it('waits for the next process of a slot that is named', async () => {
      using post = new Post();
      await post.ready(1, 'cook');
      post.cluster.worker(0).exits(1);
      post.cluster.worker(1).exits(1);
      const asked = post.request({ to: 'cook' });
      post.clock.advance(100);
      post.cluster.worker(2).becomesReady();
      await settle();
      answer(post.cluster.worker(2), 'done');

      expect(await asked).to.equal('done');
    });

    it('leaves nothing behind when the signal aborts', async () => {
      using post = new Post();
      const abort = new AbortController();
      const asked = post.request({ signal: abort.signal });
      await settle();
      abort.abort(new Error('closed'));

      expect(await rejection(asked)).to.have.property('message', 'closed');
      expect(post.clock.pending).to.equal(0);
    });

    it('rejects once the cluster shuts down', async () => {
      using post = new Post();
      await post.supervisor.shutDown();

      expect(await rejection(post.request())).to.be.instanceOf(ShutDownError);
    });

    it('rejects for nobody, for an unknown worker and for one that is gone', async () => {
      using post = new Post();
      const [cook] = await post.ready(1, 'cook');
      post.cluster.worker(0).exits(1);

      expect(await rejection(post.request({ to: undefined }))).to.be.instanceOf(NoWorkerError);
      expect(await rejection(post.request({ to: 99 }))).to.be.instanceOf(UnknownWorkerError);
      expect(await rejection(post.request({ to: cook }))).to.be.instanceOf(WorkerExitedError);
    });

    it('refuses several, also when there happens to be one', async () => {
      using post = new Post();
      await post.ready(1, 'cook');

      for (const to of ['all', ['cook'], []]) {
        expect(await rejection(post.request({ to })))
          .to.be.instanceOf(InvalidOptionError)
          .with.property('message', 'Expected `to` of a request to be one worker');
      }
    });
  });
});
