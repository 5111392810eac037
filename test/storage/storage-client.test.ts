import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BackpressureError, ChannelClosedError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { StorageClient } from '../../lib/storage/storage-client.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { Storable, StoredChange } from '../../lib/storage/store.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';

interface Post {
  readonly id: number;
  readonly body: unknown;
  readonly limited: boolean | undefined;
}

/** A client whose primary is the test. */
function setUp({ maxPending = 100, wantsChanges = true } = {}) {
  const posted: Post[] = [];
  const told: unknown[] = [];
  const line = {
    post: (id: number, body: unknown, options?: { limited?: boolean }) =>
      void posted.push({ id, body, limited: options?.limited }),
  };
  const listener = {
    wantsChanges,
    changed: (changes: readonly StoredChange[]) =>
      void told.push(...changes.map(({ version, path, value }) => [version, path.text, value])),
    fellBehind: () => void told.push('behind'),
    lockLost: (id: number) => void told.push(`lost ${id}`),
  };
  return { posted, told, client: new StorageClient({ line, maxPending, listener }) };
}

/** One that has a replica of `{ a: 1 }` at version 5. */
async function attached(options?: { maxPending?: number; wantsChanges?: boolean }) {
  const all = setUp(options);
  const ready = all.client.attach();
  all.client.take(0, { parts: [[['a'], 1]], first: { group: 'cooks' } });
  all.client.take(1, 5);
  await ready;
  const peek = (path: string) => all.client.source?.peek(parsePath(path));
  return { ...all, peek };
}

const get = (path: string) => ({ type: 'get', path: parsePath(path) }) as const;
const set = (path: string, value: Storable) =>
  ({ type: 'commit', writes: [{ type: 'set', path: parsePath(path), value: Object.freeze(value) }] }) as const;

describe('StorageClient', () => {
  it('has nothing to read until the last piece has come', async () => {
    const { client, told } = setUp();
    const ready = client.attach();
    client.take(0, { parts: [], first: { group: 'cooks' } });
    client.take(0, { parts: [[['a'], 1]] });
    client.take(0, { versions: [6], paths: ['b'], values: [2] });
    expect([client.source, client.isLive]).to.deep.equal([undefined, false]);

    client.take(1, 6);
    await ready;

    expect(client.source?.peek(parsePath(''))).to.deep.equal({ a: 1, b: 2 });
    expect([client.source?.version, client.isLive, told]).to.deep.equal([6, true, []]);
  });

  it('begins anew when a first piece comes again', async () => {
    const { client } = setUp();
    const ready = client.attach();
    client.take(0, { parts: [[['old'], 1]], first: { group: 'cooks' } });
    client.take(0, { parts: [[['new'], 1]], first: { group: 'cooks' } });
    client.take(1, 6);
    await ready;

    expect(client.source?.peek(parsePath(''))).to.deep.equal({ new: 1 });
  });

  it('takes what comes at once, and in order, before anybody is told', async () => {
    const { client, told, peek } = await attached();
    const log: unknown[] = [];
    void client.ask(get('a'), answer => log.push(['answered', answer, peek('a')])).then(answer => log.push(answer));
    client.take(0, { versions: [6], paths: ['a'], values: [2] });
    client.take(2, 2);
    client.take(0, { versions: [7, 8], paths: ['a', 'b'], values: [null, null], types: ['set', 'delete'] });

    expect(log).to.deep.equal([['answered', 2, 2]]);
    expect([peek('a'), peek('b'), told.length]).to.deep.equal([null, undefined, 3]);
    await settled();
    expect(log).to.deep.equal([['answered', 2, 2], 2]);
  });

  it('makes changes of its own writes when the answer is there, in the order of the answers', async () => {
    const { client, told, peek } = await attached();
    const written = client.ask(set('x', { y: 1 }));
    client.take(0, { versions: [6], paths: ['x'], values: [0] });
    expect(peek('x')).to.equal(0);
    client.take(2, 7);
    client.take(0, { versions: [8], paths: ['x.y'], values: [2] });

    expect(await written).to.deep.equal({ version: 7, results: [7] });
    expect(peek('x')).to.deep.equal({ y: 2 });
    expect(told).to.deep.equal([
      [6, 'x', 0],
      [7, 'x', { y: 1 }],
      [8, 'x.y', 2],
    ]);
  });

  it('makes no change of its own write twice, if that came like those of others', async () => {
    const { client, told, peek } = await attached();
    const written = client.ask(set('x', 1));
    client.take(0, { versions: [6, 7], paths: ['x', 'x'], values: [1, 2] });
    client.take(2, 6);

    expect(await written).to.deep.equal({ version: 6, results: [6] });
    expect([peek('x'), told.length]).to.deep.equal([2, 2]);
  });

  it('freezes what it tells, and does not look at what nobody wants', async () => {
    const { client, told } = await attached();
    client.take(0, { versions: [6], paths: ['x'], values: [{ y: [1] }] });
    const deaf = await attached({ wantsChanges: false });
    deaf.client.take(0, { versions: [6], paths: ['x'], values: [1] });

    const [[, , value]] = told as [[number, string, { y: number[] }]];
    expect(Object.isFrozen(value) && Object.isFrozen(value.y)).to.equal(true);
    expect(deaf.told).to.deep.equal([]);
    expect(deaf.peek('x')).to.equal(1);
  });

  it('rejects with what the primary refuses', async () => {
    const { client } = await attached();
    const asked = rejection(client.ask(get('a')));
    client.take(2, { error: toWireError(new BackpressureError('no', { peer: 'x', limit: 'maxQueuedBytes' })) });

    expect(await asked)
      .to.be.instanceOf(BackpressureError)
      .and.to.have.property('message', 'no');
  });

  it('rejects with what the first to hear of an answer throws, and goes on', async () => {
    const { client, peek } = await attached();
    const error = new Error('no');
    const asked = rejection(
      client.ask({ type: 'history', since: 0 }, () => {
        throw error;
      }),
    );
    client.take(2, [{ versions: [], paths: [], values: [] }]);
    client.take(0, { versions: [6], paths: ['a'], values: [2] });

    expect(await asked).to.equal(error);
    expect(peek('a')).to.equal(2);
  });

  it('ignores answers that nobody waits for', async () => {
    const { client, told, peek } = await attached();
    client.take(1, 9);
    client.take(77, 5);
    client.take(78, { error: { name: 'Error', message: 'no' } });
    client.failed(79, new Error('no'));

    expect([client.source?.version, peek('a'), told]).to.deep.equal([5, 1, []]);
  });

  it('tells of locks that were taken away', async () => {
    const { client, told } = await attached();
    client.take(0, { lost: 3 });

    expect(told).to.deep.equal(['lost 3']);
  });

  it('lets only so many wait, but for what makes room', async () => {
    const { client, posted } = await attached({ maxPending: 1 });
    const first = client.ask(get('a'));
    expect(await rejection(client.ask(get('a')))).to.be.instanceOf(BackpressureError);
    void client.ask({ type: 'unlock', id: 1 });

    expect(posted).to.deep.equal([
      { id: 1, body: ['attach'], limited: false },
      { id: 2, body: 'a', limited: true },
      { id: 3, body: ['unlock', 1], limited: false },
    ]);
    client.take(2, 1);
    expect(await first).to.equal(1);
  });

  it('tries anew when it could not attach', async () => {
    const { client, posted } = setUp();
    const failed = rejection(client.attach());
    const error = new Error('full');
    client.failed(1, error);
    expect(await failed).to.equal(error);
    void client.attach();
    void client.attach();

    expect(posted.map(({ id }) => id)).to.deep.equal([1, 2]);
  });

  describe('that fell behind', () => {
    /** One that has missed something, and asks for a new replica already. */
    async function behind() {
      const all = await attached();
      const before = all.client.ask(get('a'));
      all.client.take(0, { behind: true });
      return { ...all, before };
    }

    it('says so, asks for a new replica by itself, and serves the old one until it is there', async () => {
      const { client, told, posted, peek } = await behind();
      expect(told).to.deep.equal(['behind']);
      expect(posted.at(-1)?.body).to.deep.equal(['attach']);
      client.take(0, { parts: [[['a'], 9]], first: { group: 'cooks' } });
      expect([peek('a'), client.isLive]).to.deep.equal([1, false]);
      client.take(3, 20);

      expect([peek('a'), client.isLive, client.source?.version]).to.deep.equal([9, true, 20]);
      // Whoever began to listen in between is told as well.
      expect(told).to.deep.equal(['behind', 'behind']);
    });

    it('tells answers when the new replica is there', async () => {
      const { client, before } = await behind();
      const log: unknown[] = [];
      void before.then(answer => log.push(answer));
      const later = client.ask(get('a'));
      client.take(2, 8);
      await settled();
      expect(log).to.deep.equal([]);
      client.take(0, { parts: [[['a'], 9]], first: { group: 'cooks' } });
      client.take(3, 20);
      await settled();

      expect(log).to.deep.equal([8]);
      client.take(4, 9);
      expect(await later).to.equal(9);
    });

    it('writes nothing of its own into the old replica', async () => {
      const { client, told, peek } = await attached();
      const written = client.ask(set('x', 1));
      client.take(0, { behind: true });
      client.take(2, 8);
      expect(peek('x')).to.equal(undefined);
      client.take(0, { parts: [[['x'], 1]], first: { group: 'cooks' } });
      client.take(3, 8);

      expect(await written).to.deep.equal({ version: 8, results: [8] });
      expect([peek('x'), told]).to.deep.equal([1, ['behind', 'behind']]);
    });

    it('tells answers all the same, when there will be no new replica', async () => {
      const { client, before } = await behind();
      client.take(2, 8);
      client.close(new Error('gone'));

      expect(await before).to.equal(8);
    });

    it('tries again, with the next request, when that failed', async () => {
      const { client, posted } = await behind();
      const error = new Error('full');
      client.failed(3, error);
      await settled();
      const asked = client.ask(get('a'));
      expect(posted.at(-1)).to.deep.equal({ id: 4, body: ['attach'], limited: false });
      client.take(0, { parts: [[['a'], 9]], first: { group: 'cooks' } });
      client.take(4, 20);
      await settled();
      client.take(5, 9);

      expect(await asked).to.equal(9);
    });
  });

  describe('#close', () => {
    it('rejects what waits, and what comes, with the reason', async () => {
      const { client, peek } = await attached();
      const reason = new Error('gone');
      const waiting = rejection(client.ask(get('a')));
      client.close(reason);
      client.close(new Error('again'));

      expect(await waiting).to.equal(reason);
      expect(await rejection(client.ask(get('a')))).to.equal(reason);
      expect(await rejection(client.ask({ type: 'unlock', id: 1 }))).to.equal(reason);
      expect(await rejection(client.attach())).to.equal(reason);
      expect([client.isLive, peek('a')]).to.deep.equal([false, 1]);
    });

    it('is the reason, too, why something could not be sent afterwards', async () => {
      const { client } = await attached();
      const closed = new ChannelClosedError('closed', { peer: 'the primary' });
      const waiting = rejection(client.ask(get('a')));
      client.failed(2, closed);

      expect(await waiting).to.equal(closed);
    });
  });
});
