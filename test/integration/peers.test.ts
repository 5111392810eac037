import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  type EventOf,
  type PrimaryEvents,
  type WorkerHandle,
  type WorkerRequestEvent,
} from '../../lib/index.js';
import { Deferred } from '../../lib/util/deferred.js';
import { forkOne, next, nextOf, pidOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { failureOf, until, withDeadline } from '../support/with-deadline.js';

const workerScript = fixture('neighbour');

/** Lets slow workers start when it is told to. */
class Street extends ClusterPrimary {
  readonly mayStart = new Deferred<void>();

  /** No warnings: the tests look at the errors themselves. */
  protected override _eventSendError(): void {}

  _eventWorkerRequest_mayStart(_event: WorkerRequestEvent<AnyProtocol>): Promise<void> {
    return this.mayStart.promise;
  }

  protected override _eventWorkerMessageUnhandled(): void {}
}

const open = (options: ClusterPrimaryOptions = {}) => new Street({ workerScript, workerCount: 2, ...options }).ready;

function pair(primary: ClusterPrimary): [WorkerHandle, WorkerHandle] {
  const [first, second] = primary.workers;
  if (first && second) return [first, second];

  throw new Error('Two were forked');
}

const send = (worker: WorkerHandle, order: object) => worker.request({ message: { type: 'send', order } });
const ask = (worker: WorkerHandle, order: object, more: object = {}) => {
  return worker.request({ message: { type: 'ask', order, ...more } });
};
const seen = (worker: WorkerHandle) => worker.request({ message: { type: 'seen' } });
const note = (text: unknown) => ({ message: { type: 'note', note: text } });
const identity = ({ id, name, group }: WorkerHandle) => ({ id, name, group });
const noteTexts = async (worker: WorkerHandle) => (await seen(worker)).notes.map(({ note }: { note: unknown }) => note);

/** The next message of this type that any worker sends. */
async function told(primary: ClusterPrimary, type: string): Promise<WorkerHandle> {
  for await (const { data } of primary.events('workerMessage')) {
    const { message, worker } = data as PrimaryEvents['workerMessage'];
    if ((message as { readonly type?: unknown }).type === type) return worker;
  }
  throw new Error('There are no more events');
}

describe('workers among each other', () => {
  leavesNothingBehind();

  describe('send', () => {
    it('to an id, a name and a selection, and the primary says who it is from', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);

      expect(await send(ann, { to: bob.id, ...note('by id') })).to.equal('sent');
      expect(await send(ann, { to: bob.name, ...note('by name') })).to.equal('sent');
      expect(await send(ann, { to: bob.name, ...note('by name again') })).to.equal('sent');
      expect(await send(ann, { to: { group: 'default' }, ...note('to one of the group') })).to.equal('sent');

      const [atAnn, atBob] = [await seen(ann), await seen(bob)];
      expect([...atBob.notes, ...atAnn.notes]).to.deep.equal(
        ['by id', 'by name', 'by name again', 'to one of the group'].map(text => ({ note: text, from: identity(ann) })),
      );
    });

    it('to all, to the others, to an array, and to itself', async () => {
      await using primary = await open({ workerCount: 3 });
      const [ann, bob] = pair(primary);
      const cid = primary.workers[2] as WorkerHandle;

      await send(ann, { to: 'all', ...note('all') });
      await send(ann, { to: 'others', ...note('others') });
      await send(ann, { to: [bob.id, bob.name, cid.name, 'others'], ...note('array') });
      await send(ann, { to: { select: 'all', group: 'default' }, ...note('group') });
      await send(ann, { to: ann.id, ...note('self') });
      await send(ann, { to: [], ...note('nobody') });

      expect(await noteTexts(ann)).to.deep.equal(['all', 'group', 'self']);
      for (const each of [bob, cid]) expect(await noteTexts(each)).to.deep.equal(['all', 'others', 'array', 'group']);
    });

    it('to nobody there is rejects with the reason, and tells of it', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      const unknown = { name: 'UnknownWorkerError', code: 'CLUSTER_UNKNOWN_WORKER' };

      expect(await send(ann, { to: 999, ...note(1) })).to.include(unknown);
      expect(await send(ann, { to: 'nobody', ...note(1) })).to.include(unknown);
      expect(await send(ann, { to: { group: 'none' }, ...note(1) })).to.include({ code: 'CLUSTER_UNKNOWN_GROUP' });
      const partly = await send(ann, { to: [bob.id, 999, 'nobody'], ...note('partly') });

      expect(partly.errors.map(({ code }: { code: string }) => code)).to.deep.equal([unknown.code, unknown.code]);
      expect(await noteTexts(bob)).to.deep.equal(['partly']);
      expect((await seen(ann)).sendErrors).to.have.length(5);
    });

    it('of what cannot be encoded, or sent so, is refused at the sender, and the rest arrives', async () => {
      await using primary = await open({ serialization: 'advanced' });
      const [ann, bob] = pair(primary);

      for (const order of [{ to: 0 }, { to: '' }, { to: { grup: 'x' } }, { to: ['primary'] }, { to: [[1]] }]) {
        const refusal = await send(ann, { ...order, ...note(1) });
        expect(refusal.code, JSON.stringify(order)).to.be.oneOf(['CLUSTER_INVALID_OPTION', 'CLUSTER_UNKNOWN_OPTION']);
      }
      expect(await send(ann, { to: bob.id, ...note(new Map([[1n, new Date(0)]])) })).to.equal('sent');
      expect(await noteTexts(bob)).to.deep.equal([new Map([[1n, new Date(0)]])]);
    });

    it('reaches a worker that is not ready yet as soon as it is, in order', async () => {
      await using primary = await open({ workerCount: 1 });
      const [ann] = primary.workers as [WorkerHandle];
      const forked = forkOne(primary, { name: 'late', env: { NEIGHBOUR_START: 'slow' } });

      for (const text of ['one', 'two', 'three'])
        expect(await send(ann, { to: 'late', ...note(text) })).to.equal('sent');
      expect(await send(ann, { to: primary.worker('late')?.id, ...note('four') })).to.equal('sent');
      primary.mayStart.resolve();

      expect(await noteTexts(await forked)).to.deep.equal(['one', 'two', 'three', 'four']);
    });

    it('to a name waits while that is being replaced, and reaches the next', async () => {
      await using primary = await open({ restart: { backoff: { initial: 300, jitter: 0 } } });
      const [ann, bob] = pair(primary);
      const { name } = bob;
      await send(ann, { to: name, ...note('before') });
      const replacement = nextOf(primary, 'workerFork');
      bob.kill('SIGKILL');
      const { worker: second } = await replacement;
      second.kill('SIGKILL');
      await second.exited;

      expect(await send(ann, { to: name, ...note('after') })).to.equal('sent');

      const third = primary.worker(name) as WorkerHandle;
      expect([bob.id, second.id]).to.not.include(third.id);
      expect(await noteTexts(third)).to.deep.equal(['after']);
    });

    it('keeps the order of the calls, however the receiver is addressed', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      const ways = [bob.id, bob.name, 'others', { select: 'all' }, [bob.name], [bob.id, ann.id]];
      const counted = told(primary, 'counted');

      await ann.request({ message: { type: 'pour', ways, times: 12_000 } });
      await withDeadline(counted, 10_000, 'last number');

      expect(await seen(bob)).to.deep.include({ counted: 12_000, outOfOrder: 0 });
    });

    for (const serialization of ['json', 'advanced'] as const) {
      it(`loses and overtakes nothing of 100,000 numbers each way at once (${serialization})`, async () => {
        await using primary = await open({ serialization });
        const [ann, bob] = pair(primary);
        const pour = (from: WorkerHandle, to: WorkerHandle) => {
          return from.request({ message: { type: 'pour', ways: [to.id], times: 100_000 }, timeout: 60_000 });
        };

        await Promise.all([pour(ann, bob), pour(bob, ann)]);

        for (const each of [ann, bob]) {
          expect(await seen(each)).to.deep.include({ counted: 100_000, outOfOrder: 0 });
        }
      });
    }

    it('sends what is queued before the worker ends', async () => {
      for (const way of ['exit', 'destroy', 'process.exit']) {
        await using primary = await open({ restart: { policy: 'temporary' } });
        const [ann, bob] = pair(primary);
        const gone = ann.exited;

        // Only what is asked of the primary before can be lost when the process ends at once.
        const to = way === 'process.exit' ? bob.id : 'others';
        await ann.send({ message: { type: 'lastWords', to, times: 200, way } });
        await gone;

        expect(await seen(bob), way).to.deep.include({ counted: 200, outOfOrder: 0 });
      }
    });
  });

  describe('request', () => {
    it('is answered by the worker that was asked', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);

      for (const to of [bob.id, bob.name, bob.name]) {
        const answer = await ask(ann, { to, message: { type: 'echo', value: 7 } });
        expect(answer).to.deep.equal({ value: 7, from: identity(ann), by: bob.name });
      }
      expect(await ask(ann, { to: ann.name, message: { type: 'echo' } })).to.include({ by: ann.name });
    });

    it('takes turns where any will do', async () => {
      await using primary = await open({ workerCount: 3 });
      const [ann] = pair(primary);
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => ask(ann, { to: { group: 'default' }, message: { type: 'echo' } })),
      );

      const by = answers.map(answer => answer.by);
      expect(new Set(by.slice(0, 3)).size).to.equal(3);
      expect(by.slice(3)).to.deep.equal(by.slice(0, 3));
    });

    it('goes to the same one for the same key, and to the one with the least to do', async () => {
      await using primary = await open({ workerCount: 3 });
      const [ann, bob] = pair(primary);
      const echo = (to: object) => ask(ann, { to, message: { type: 'echo' } }).then(({ by }) => by);

      const first = await echo({ select: 'hash', key: 'table 4' });
      for (let time = 0; time < 3; time++) expect(await echo({ select: 'hash', key: 'table 4' })).to.equal(first);
      expect(await ask(ann, { to: { select: 'hash' }, message: { type: 'echo' } })).to.include({
        code: 'CLUSTER_INVALID_OPTION',
      });
      const busy = bob.request({
        message: { type: 'ask', order: { to: bob.id, message: { type: 'simmer', time: 300 } } },
      });
      for (let time = 0; time < 4; time++) expect(await echo({ select: 'leastPending' })).to.not.equal(bob.name);
      await busy;
    });

    it('fails with what the far handler threw', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);

      const error = await ask(ann, { to: bob.id, message: { type: 'burn' } });

      expect(error).to.deep.include({ name: 'RemoteError', message: 'too hot', code: 'CLUSTER_REMOTE' });
      expect(error.details).to.deep.include({ remoteName: 'RangeError', remoteCode: 'E_HOT' });
      expect(error.details.remoteDetails).to.deep.equal({ degrees: 400 });
    });

    it('fails in the same ways as one to the primary', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      const to = bob.id;

      expect(await ask(ann, { to, message: { type: 'nothing' } })).to.include({ code: 'CLUSTER_UNKNOWN_MESSAGE_TYPE' });
      const late = await ask(ann, { to, message: { type: 'wait' }, timeout: 50 });
      expect(late).to.include({ code: 'CLUSTER_REQUEST_TIMEOUT' });
      for (const everybody of ['all', 'others', [to], { select: 'all' }]) {
        const error = await ask(ann, { to: everybody, message: { type: 'echo' } });
        expect(error).to.include({ code: 'CLUSTER_INVALID_OPTION' });
      }
      expect(await ask(ann, { to: 999, message: { type: 'echo' } })).to.include({ code: 'CLUSTER_UNKNOWN_WORKER' });
      expect(await ask(ann, { to: 'x', message: { type: 'echo' } })).to.include({ code: 'CLUSTER_UNKNOWN_WORKER' });
    });

    it('that is aborted aborts the signal of the far handler', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      const [waiting, aborted] = [told(primary, 'waiting'), told(primary, 'aborted')];
      const controller = new AbortController();

      const order = { to: bob.id, message: { type: 'wait' } };
      const message = { type: 'ask', order, abortable: true };
      const asked = failureOf(ann.request({ message, signal: controller.signal }));
      expect(await withDeadline(waiting, 5_000, 'word that it waits')).to.equal(bob);
      controller.abort(new Error('never mind'));

      expect(await asked).to.include({ message: 'never mind' });
      expect(await withDeadline(aborted, 5_000, 'word that it is aborted')).to.equal(bob);
    });

    it('can be made before this worker is initialized', async () => {
      await using primary = await open({ workerCount: 0 });
      await forkOne(primary, { name: 'first' });

      expect(await forkOne(primary, { env: { NEIGHBOUR_START: 'ask' } })).to.have.property('state', 'ready');
    });

    it('carries 1 MiB both ways, and anything that structured clone does', async () => {
      await using json = await open();
      const text = 'é"\\\n'.repeat(256 * 1024);
      const reflect = (to: number, value: unknown) => ({ to, message: { type: 'reflect', value } });
      {
        const [ann, bob] = pair(json);
        expect(await ask(ann, reflect(bob.id, text))).to.equal(text);
      }
      await using advanced = await open({ serialization: 'advanced' });
      const bytes = Buffer.alloc(1024 * 1024, 'binary');
      const [ann, bob] = pair(advanced);
      const value = { bytes, map: new Map([[1, new Set([2n])]]), at: new Date(5), nothing: undefined };

      const back = await ask(ann, reflect(bob.id, value));

      expect(bytes.equals(back.bytes)).to.equal(true);
      expect({ ...back, bytes }).to.deep.equal(value);
    });

    it('goes between workers whose channels carry different things', async () => {
      const groups = { plain: { workerCount: 1 }, rich: { workerCount: 1, serialization: 'advanced' as const } };
      await using primary = await open({ workerCount: 0, groups });
      const [plain, rich] = [primary.worker('plain-0'), primary.worker('rich-0')] as [WorkerHandle, WorkerHandle];
      const value = new Map([[1n, Buffer.from([0, 1, 255])]]);

      await send(rich, { to: plain.id, message: { type: 'note', note: 'text' } });
      expect(await noteTexts(plain)).to.deep.equal(['text']);
      await send(plain, { to: rich.id, message: { type: 'note', note: { nested: ['text'] } } });
      expect(await noteTexts(rich)).to.deep.equal([{ nested: ['text'] }]);
      // What it was sent, it can look at, but not send on: its own channel would have to carry it.
      const refusal = await ask(rich, { to: plain.id, message: { type: 'reflect', value } });
      expect(refusal).to.include({ code: 'CLUSTER_REMOTE' });
      expect(refusal.details).to.include({ remoteCode: 'CLUSTER_UNSERIALIZABLE_MESSAGE' });
    });
  });

  describe('stream', () => {
    const read = (worker: WorkerHandle, order: object, most?: number) => {
      return worker.request({ message: { type: 'read', order, most }, timeout: 20_000 });
    };

    it('yields what a generator of another worker does, in order, to the end', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      const closed = told(primary, 'closed');

      for (const to of [bob.id, bob.name, { select: 'hash', key: 'x' }]) {
        const { items } = await read(ann, { to, message: { type: 'numbers', times: 2_000 } });
        const expected = Array.from({ length: 2_000 }, (_, number) => ({ number, from: ann.name }));
        expect(items).to.deep.equal(expected);
      }
      await withDeadline(closed, 5_000, 'end of the generator');
    });

    it('that is left ends the generator', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      const closed = told(primary, 'closed');

      const order = { to: bob.id, message: { type: 'numbers', times: Number.MAX_SAFE_INTEGER } };

      expect((await read(ann, order, 3)).items).to.have.length(3);
      expect(await withDeadline(closed, 5_000, 'end of the generator')).to.equal(bob);
    });

    it('fails in the same ways as one of the primary', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      const failure = async (order: object) => (await read(ann, order)).error;

      expect(await failure({ to: bob.id, message: { type: 'echo' } })).to.include({ code: 'CLUSTER_WRONG_CALL' });
      expect(await failure({ to: 999, message: { type: 'numbers' } })).to.include({ code: 'CLUSTER_UNKNOWN_WORKER' });
      expect(await failure({ to: 'x', message: { type: 'numbers' } })).to.include({ code: 'CLUSTER_UNKNOWN_WORKER' });
      expect(await failure({ to: 'all', message: { type: 'numbers' } })).to.include({ code: 'CLUSTER_INVALID_OPTION' });
      expect(await failure({ to: bob.id, message: { type: 'die' } })).to.include({ code: 'CLUSTER_WORKER_EXITED' });
    });

    it('can be prevented by the primary', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      primary.before('peerMessage', event => void (event.data.kind === 'stream' && event.prevent()));

      const { items, error } = await read(ann, { to: bob.id, message: { type: 'numbers', times: 5 } });

      expect([items, error.code]).to.deep.equal([[], 'CLUSTER_PREVENTED']);
    });
  });

  describe('a worker that is gone', () => {
    it('fails all that was asked of it, at once', async () => {
      await using primary = await open({ restart: { policy: 'temporary' } });
      const [ann, bob] = pair(primary);
      const asked = told(primary, 'asked');
      const order = { to: bob.id, message: { type: 'wait' }, timeout: 60_000 };
      const outcome = ann.request({ message: { type: 'askOften', order, times: 100 }, timeout: 60_000 });
      await withDeadline(asked, 5_000, 'word that it asked');
      const gone = bob.exited;

      bob.kill('SIGKILL');
      await gone;
      const started = performance.now();

      expect((await outcome).codes).to.deep.equal(['CLUSTER_WORKER_EXITED']);
      expect(performance.now() - started).to.be.lessThan(1_000);
    });

    it('is told by name, id and how it ended', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);

      const error = await ask(ann, { to: bob.name, message: { type: 'die', code: 3 } });

      expect(error).to.deep.include({ name: 'WorkerExitedError', code: 'CLUSTER_WORKER_EXITED' });
      expect(error.details).to.deep.equal({ workerId: bob.id, name: bob.name, exitCode: 3, signal: null });
    });

    it('has its last words read first', async () => {
      await using primary = await open({ restart: { policy: 'temporary' } });
      const [ann, bob] = pair(primary);
      const asking = ask(bob, { to: ann.id, message: { type: 'wait' } }).catch(() => 'gone');
      await withDeadline(told(primary, 'waiting'), 5_000, 'word that it waits');
      const aborted = told(primary, 'aborted');

      await send(bob, { to: ann.id, ...note('last') });
      bob.kill('SIGKILL');
      await asking;
      await withDeadline(aborted, 5_000, 'word that it is aborted');

      const { notes, aborted: reasons } = await seen(ann);
      expect(notes).to.deep.equal([{ note: 'last', from: identity(bob) }]);
      expect(reasons[0]).to.include({ code: 'CLUSTER_WORKER_EXITED' });
    });

    it('is asked no more by its name, as soon as it leaves', async () => {
      await using primary = await open();
      const [ann, bob] = pair(primary);
      const { name } = bob;
      await ask(ann, { to: name, message: { type: 'echo' } });
      const ready = nextOf(primary, 'workerReady');

      const dead = ask(ann, { to: name, message: { type: 'die' } });
      expect(await dead).to.include({ code: 'CLUSTER_WORKER_EXITED' });
      const answer = ask(ann, { to: name, message: { type: 'echo' } });
      const { worker } = await ready;

      expect(await answer).to.include({ by: name });
      expect(worker.id).to.not.equal(bob.id);
    });

    it('is not asked again by a request that may be tried again: others are', async () => {
      await using primary = await open({ workerCount: 3, restart: { policy: 'temporary' } });
      const [ann, bob] = pair(primary);
      const cid = primary.workers[2] as WorkerHandle;
      const order = {
        to: { select: 'roundRobin', tag: 'survive' },
        message: { type: 'survive', victims: [bob.id, cid.id] },
        retry: { attempts: 2 },
      };

      // Whoever comes first: at the latest the third of three is no victim.
      expect(await ask(ann, order)).to.equal(ann.name);
    });

    it('is replaced by another for a request that may be tried again', async () => {
      await using primary = await open({ restart: { intensity: Number.POSITIVE_INFINITY } });
      const [ann, bob] = pair(primary);
      const order = { to: bob.name, message: { type: 'die' }, retry: { attempts: 1 } };
      const ready = next(primary, 'workerExit', 2);

      expect(await ask(ann, order)).to.include({ code: 'CLUSTER_WORKER_EXITED' });
      await ready;

      const single = { to: bob.id, message: { type: 'echo' }, retry: { attempts: 1 } };
      expect(await ask(ann, single)).to.include({ code: 'CLUSTER_INVALID_OPTION' });
    });
  });

  it('leave the draining one its time to answer', async () => {
    await using primary = await open();
    const [ann, bob] = pair(primary);
    const simmering = ask(ann, { to: bob.id, message: { type: 'simmer', time: 200 } });
    await ask(ann, { to: bob.id, message: { type: 'echo' } });

    const gone = bob.destroy();

    expect(await simmering).to.equal('done');
    expect(await gone).to.include({ code: 0, rung: 'asked' });
  });

  it('cannot reach a worker that does not use this library', async () => {
    const groups = { raw: { workerCount: 1, readyOn: 'message' as const, script: fixture('raw') } };
    await using primary = await open({ workerCount: 1, groups });
    const [ann] = primary.workers.filter(({ group }) => group === 'default') as [WorkerHandle];

    expect(await send(ann, { to: 'raw-0', ...note(1) })).to.include({ code: 'CLUSTER_WRONG_CALL' });
    expect(await ask(ann, { to: 'raw-0', message: { type: 'echo' } })).to.include({ code: 'CLUSTER_WRONG_CALL' });
  });

  it('are held up by one that does not read, and neither lose anything nor fill the primary', async () => {
    await using primary = await open({ workerEnv: { NEIGHBOUR_QUEUE: '2000' } });
    const [ann, bob] = pair(primary);
    process.kill(pidOf(bob), 'SIGSTOP');
    const before = process.memoryUsage().rss;

    const flood = { type: 'flood', to: bob.id, size: 10_000, most: 50_000 };
    const { number, refused } = await ann.request({ message: flood, timeout: 60_000 });

    expect(refused).to.include({ code: 'CLUSTER_BACKPRESSURE' });
    expect(process.memoryUsage().rss - before).to.be.lessThan(32 * 1024 * 1024);
    process.kill(pidOf(bob), 'SIGCONT');
    await until(() => !bob.isDead(), 1_000, 'sign of life');
    let arrived = 0;
    const end = performance.now() + 10_000;
    while (arrived < number - 100 && performance.now() < end) arrived += (await seen(bob)).notes.length;
    expect(arrived).to.be.greaterThan(number - 101);
  });

  describe('watched by the primary', () => {
    class Watching extends Street {
      readonly seen: EventOf<PrimaryEvents, 'peerMessage'>['data'][] = [];

      protected _eventPeerMessage({ data }: EventOf<PrimaryEvents, 'peerMessage'>): void {
        this.seen.push(data);
      }
    }

    it('are seen, with sender, receiver and kind', async () => {
      await using primary = await new Watching({ workerScript, workerCount: 2 }).ready;
      const [ann, bob] = pair(primary);

      await send(ann, { to: bob.id, ...note('psst') });
      await ask(bob, { to: ann.name, message: { type: 'echo' } });

      expect(primary.seen).to.deep.equal([
        { message: { type: 'note', note: 'psst' }, worker: ann, to: bob, kind: 'message' },
        { message: { type: 'echo' }, worker: bob, to: ann, kind: 'request' },
      ]);
    });

    for (const serialization of ['json', 'advanced'] as const) {
      it(`are prevented from saying what may not be said, and nothing else (${serialization})`, async () => {
        await using primary = await open({ serialization });
        const [ann, bob] = pair(primary);
        primary.before('peerMessage', event => {
          const { message } = event.data as { readonly message: { readonly note?: unknown; readonly value?: unknown } };
          if (message.note === 'secret' || message.value === 'secret') event.prevent();
        });

        const sent = await Promise.all(['a', 'secret', 'b'].map(text => send(ann, { to: bob.id, ...note(text) })));
        const asked = await ask(ann, { to: bob.id, message: { type: 'echo', value: 'secret' } });

        const prevented = { name: 'PreventedError', code: 'CLUSTER_PREVENTED' };
        expect([sent[0], sent[2]]).to.deep.equal(['sent', 'sent']);
        expect(sent[1]).to.include(prevented);
        expect(asked).to.include(prevented);
        expect(await noteTexts(bob)).to.deep.equal(['a', 'b']);
      });
    }
  });
});
