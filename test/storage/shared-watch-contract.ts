import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { StorageChange, StorageWatch } from '../../lib/storage/shared-storage.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import type { Get } from './shared-storage-contract.js';

/** The next changes, so many of them. */
export async function take(watch: StorageWatch, count: number): Promise<StorageChange[]> {
  const seen: StorageChange[] = [];
  while (seen.length < count) {
    const { done, value } = await watch.next();
    if (done) throw new Error(`The watch ended after ${seen.length} changes`);
    seen.push(value);
  }
  return seen;
}

/** What a loop sees until it ends, as `version type path value`, and what it fails with. */
export async function readAll(watch: StorageWatch): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const change of watch) seen.push(line(change));
  } catch (error) {
    seen.push(error);
  }
  return seen;
}

const line = ({ version, type, path, value }: StorageChange) =>
  `${version} ${type} ${path} ${JSON.stringify(value) ?? ''}`.trim();

/** Every sentence about watches. */
export function describeWatches(sides: Get): void {
  describe('#watch', () => {
    describeWhatIsSeen(sides);
    describeBeginnings(sides);
    describeEnds(sides);
  });
}

function describeWhatIsSeen(sides: Get): void {
  it('sees what anybody writes from the call on, each once and in order', async () => {
    const { mine, theirs, quiet } = sides();
    await mine.set('a.b', 0);
    const watch = mine.watch('a');
    await quiet();
    await mine.set('a.b', 1);
    await theirs.set('a.b', 2);
    await theirs.set('elsewhere', 3);
    await mine.increment('a.b');
    await theirs.delete('a.b');

    expect((await take(watch, 4)).map(line)).to.deep.equal([
      ...['2 set a.b 1', '3 set a.b 2', '5 set a.b 3', '6 delete a.b'],
    ]);
    expect(watch.version).to.equal(6);
  });

  it('sees every step of a transaction, and what expires', async () => {
    const { mine, theirs, clock, quiet } = sides();
    await mine.attach();
    const watch = mine.watch('');
    await theirs.transaction([
      { type: 'set', path: 'a', value: 1, ttl: 100 },
      { type: 'delete', path: 'nothing' },
      { type: 'increment', path: 'a' },
      { type: 'set', path: 'a', value: 5, ttl: 100 },
    ]);
    await quiet();
    clock.advance(100);

    expect((await take(watch, 4)).map(line)).to.deep.equal(['1 set a 1', '2 set a 2', '3 set a 5', '4 expire a']);
  });

  it('sees of a write above only what is there', async () => {
    const { mine, theirs } = sides();
    await theirs.set('a', { b: 1, c: 2 });
    await mine.attach();
    const watch = mine.watch('a.b');
    await theirs.set('a', { b: { d: 3 }, c: 4 });
    await theirs.set('a.c', 5);
    await theirs.set('', { x: 1 });
    await theirs.delete('x');
    await mine.set('a', { b: 6 });
    await mine.delete('a');

    expect((await take(watch, 4)).map(line)).to.deep.equal([
      ...['2 set a.b {"d":3}', '4 delete a.b', '6 set a.b 6', '7 delete a.b'],
    ]);
  });

  it('sees what was restored', async () => {
    const { mine, theirs } = sides();
    await mine.attach();
    const [whole, part] = [mine.watch(''), mine.watch('a')];
    await mine.restore({ version: 9, value: { a: 1, b: 2 }, expiries: { b: -1 } });
    await theirs.restore({ version: 9, value: { a: 3 }, expiries: {} });

    expect((await take(whole, 2)).map(line)).to.deep.equal(['1 set  {"a":1}', '2 set  {"a":3}']);
    expect((await take(part, 2)).map(line)).to.deep.equal(['1 set a 1', '2 set a 3']);
  });

  it('sees values as they were then, and nobody can change them', async () => {
    const { mine, theirs, quiet } = sides();
    await mine.attach();
    const watch = mine.watch('a');
    await theirs.set('a', { b: { c: 1 } });
    await mine.set('a.b.c', 2);
    await theirs.set('a.b.d', 3);
    await quiet();

    const [first] = await take(watch, 3);
    expect(first?.value).to.deep.equal({ b: { c: 1 } });
    expect(Object.isFrozen(first) && Object.isFrozen(Object(first?.value).b)).to.equal(true);
  });

  it('is ahead of nothing: what it tells can be peeked at', async () => {
    const { mine, theirs } = sides();
    await mine.attach();
    const watch = mine.watch('n');
    const told = (async () => {
      for await (const { value } of watch) {
        expect(mine.peek('n')).to.be.at.least(Number(value));
        if (value === 20) return;
      }
    })();
    for (let turn = 0; turn < 20; turn++) await theirs.increment('n');

    await told;
  });

  it('misses nothing of many that write at the same time', async () => {
    const { mine, theirs } = sides();
    await mine.attach();
    const watch = mine.watch('a');
    const writes = Array.from({ length: 100 }, (_, turn) => (turn % 3 ? mine : theirs).set(`a.${turn % 7}`, turn));
    const versions = await Promise.all(writes);

    const seen = await take(watch, 100);
    expect(seen.map(({ version }) => version)).to.deep.equal(versions.sort((a, b) => a - b));
  });

  it('lets two watch the same', async () => {
    const { mine, theirs } = sides();
    await mine.attach();
    const [one, other] = [mine.watch('a'), mine.watch('a')];
    await theirs.set('a', 1);
    expect((await take(one, 1)).map(line)).to.deep.equal(['1 set a 1']);
    await one.return();
    await theirs.set('a', 2);

    expect((await take(other, 2)).map(line)).to.deep.equal(['1 set a 1', '2 set a 2']);
    expect(await one.next()).to.deep.equal({ done: true, value: undefined });
  });
}

function describeBeginnings(sides: Get): void {
  it('begins with what is there, if that is wanted', async () => {
    const { mine, theirs, quiet } = sides();
    await theirs.set('a', { b: 1 });
    await theirs.set('x', 1);
    await mine.attach();
    const [watch, nothing] = [mine.watch('a', { initial: true }), mine.watch('y', { initial: true })];
    await quiet();
    await theirs.set('a.b', 2);

    expect((await take(watch, 2)).map(line)).to.deep.equal(['2 initial a {"b":1}', '3 set a.b 2']);
    expect((await take(nothing, 1)).map(line)).to.deep.equal(['2 initial y']);
  });

  it('begins after a write of some time ago', async () => {
    const { mine, theirs, quiet } = sides();
    const since = await theirs.set('a', 1);
    await theirs.set('a', 2);
    await theirs.set('x', 3);
    await mine.delete('a');
    const watch = mine.watch('a', { since });
    expect(watch.version).to.equal(since);
    await quiet();
    await theirs.set('a', 4);

    expect((await take(watch, 3)).map(line)).to.deep.equal(['2 set a 2', '4 delete a', '5 set a 4']);
  });

  it('has no gap between what was and what comes', async () => {
    const { mine, theirs } = sides();
    const since = await theirs.set('n', 0);
    const writing = Promise.all(Array.from({ length: 50 }, (_, turn) => (turn % 2 ? mine : theirs).increment('n')));
    const watches = Array.from({ length: 5 }, () => mine.watch('n', { since }));
    for (let turn = 0; turn < 50; turn++) await theirs.increment('n');
    await writing;

    for (const watch of watches) {
      const versions = (await take(watch, 100)).map(({ version }) => version);
      expect(versions).to.deep.equal(Array.from({ length: 100 }, (_, turn) => since + turn + 1));
    }
  });

  it('fails in the loop, if nobody remembers what has changed since', async () => {
    const { mine, theirs } = sides();
    await theirs.set('a', 1);
    const [error] = await readAll(mine.watch('a', { since: 50 }));

    expect(error).to.include({ name: 'VersionGoneError', code: 'CLUSTER_VERSION_GONE' });
    expect(error).to.have.property('details').that.deep.equals({ since: 50, oldest: 0 });
  });

  it('can be read before it has begun', async () => {
    const { mine, theirs, quiet } = sides();
    const watch = mine.watch('a', { initial: true });
    const first = watch.next();
    const second = watch.next();
    await quiet();
    await theirs.set('a', 1);

    expect([await first, await second].map(({ value }) => value?.type)).to.deep.equal(['initial', 'set']);
  });

  it('can be left before it has begun', async () => {
    const { mine, theirs, quiet } = sides();
    const watch = mine.watch('a');
    expect(await watch.return()).to.deep.equal({ done: true, value: undefined });
    await quiet();
    await theirs.set('a', 1);

    expect(await watch.next()).to.deep.equal({ done: true, value: undefined });
  });
}

function describeEnds(sides: Get): void {
  it('ends when the loop is left', async () => {
    const { mine, theirs } = sides();
    await mine.attach();
    const watch = mine.watch('a');
    await theirs.set('a', 1);
    await theirs.set('a', 2);
    for await (const { value } of watch) if (value === 1) break;

    expect(await watch.next()).to.deep.equal({ done: true, value: undefined });
    expect(watch.version).to.equal(1);
  });

  it('ends when it is disposed of', async () => {
    const { mine } = sides();
    const late = mine.watch('a');
    await late[Symbol.asyncDispose]();
    await mine.attach();
    const early = mine.watch('a');
    await early[Symbol.asyncDispose]();

    for (const watch of [late, early]) expect(await readAll(watch)).to.deep.equal([]);
  });

  for (const attached of [false, true]) {
    describe(`that is aborted, ${attached ? 'after' : 'before'} the storage is attached`, () => {
      it('fails in the loop with the reason', async () => {
        const { mine, theirs } = sides();
        if (attached) await mine.attach();
        const [controller, reason] = [new AbortController(), new Error('enough')];
        const watch = mine.watch('a', { signal: controller.signal });
        const seen = readAll(watch);
        if (attached) await theirs.set('a', 1);
        controller.abort(reason);

        expect((await seen).at(-1)).to.equal(reason);
        expect(getEventListeners(controller.signal, 'abort')).to.have.lengthOf(0);
      });

      it('does not begin if that was before', async () => {
        const { mine } = sides();
        if (attached) await mine.attach();
        const reason = new Error('enough');

        expect(await readAll(mine.watch('a', { signal: AbortSignal.abort(reason) }))).to.deep.equal([reason]);
      });
    });
  }

  it('overflows when it is read too slowly, and can be resumed without a gap', async () => {
    const { mine, theirs, quiet } = sides();
    await mine.attach();
    const watch = mine.watch('n', { maxQueued: 3 });
    await theirs.increment('n');
    await quiet();
    expect((await take(watch, 1)).map(line)).to.deep.equal(['1 set n 1']);
    for (let turn = 0; turn < 6; turn++) await theirs.increment('n');
    await quiet();

    const seen = await readAll(watch);
    const error = seen.pop();
    expect(seen).to.deep.equal(['2 set n 2', '3 set n 3', '4 set n 4']);
    expect(error).to.include({ name: 'WatchOverflowError', code: 'CLUSTER_WATCH_OVERFLOW' });
    expect(error).to.have.property('details').that.deep.equals({ path: 'n', version: 4 });

    const resumed = mine.watch('n', { since: watch.version });
    expect((await take(resumed, 3)).map(line)).to.deep.equal(['5 set n 5', '6 set n 6', '7 set n 7']);
    expect(await watch.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('overflows at its beginning, if more has changed since than may wait', async () => {
    const { mine, theirs } = sides();
    for (let turn = 0; turn < 5; turn++) await theirs.increment('n');
    const watch = mine.watch('n', { since: 0, maxQueued: 2 });
    await mine.get('n');
    await settled();

    const seen = await readAll(watch);
    expect(seen.slice(0, 2)).to.deep.equal(['1 set n 1', '2 set n 2']);
    expect(await rejection(() => Promise.reject(seen[2])))
      .to.have.property('details')
      .that.deep.includes({ version: 2 });
  });
}
