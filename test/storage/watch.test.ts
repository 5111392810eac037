import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WatchOverflowError } from '../../lib/errors/storage-errors.js';
import type { StorageChange } from '../../lib/storage/shared-storage.js';
import { Watch, type WatchSettings } from '../../lib/storage/watch.js';
import { pathTo } from '../support/changes.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';

const over = { done: true, value: undefined };

function open(settings: Partial<WatchSettings> = {}) {
  const ended: Watch[] = [];
  const watch = new Watch({
    ...{ path: pathTo('a'), version: 10, exists: true, maxQueued: 100 },
    ended: which => ended.push(which),
    ...settings,
  });
  return { watch, ended };
}

function changeAt(version: number, path = 'a'): StorageChange {
  return { version, type: 'set', path, value: version };
}

function deletionAt(version: number, path = 'a'): StorageChange {
  return { version, type: 'delete', path, value: undefined };
}

function push(watch: Watch, ...versions: readonly number[]): void {
  for (const version of versions) watch.push(changeAt(version));
}

/** The versions that a loop reads, and what it fails with. */
async function read(watch: Watch): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const { version } of watch) seen.push(version);
  } catch (error) {
    seen.push(error);
  }
  return seen;
}

describe('Watch', () => {
  it('gives what came, then what comes, in order', async () => {
    const { watch } = open();
    push(watch, 11, 12);

    const loop = read(watch);
    await settled();
    push(watch, 13, 14);
    watch.end();

    expect(await loop).to.deep.equal([11, 12, 13, 14]);
  });

  it('answers several readers in turn', async () => {
    const { watch } = open();
    const readers = [watch.next(), watch.next(), watch.next()];

    push(watch, 11, 12);
    watch.end();

    const results = await Promise.all(readers);
    expect(results.map(({ value }) => value?.version)).to.deep.equal([11, 12, undefined]);
    expect(results[2]).to.deep.equal(over);
  });

  it('gives the very change it took', async () => {
    const { watch } = open();
    const change = changeAt(11);
    watch.push(change);

    expect((await watch.next()).value).to.equal(change);
  });

  describe('#version', () => {
    it('is that of the last change that was read, not of one that waits', async () => {
      const { watch } = open({ version: 10 });
      const versions = [watch.version];
      push(watch, 11, 15);
      versions.push(watch.version);
      await watch.next();
      versions.push(watch.version);
      await watch.next();

      expect([...versions, watch.version]).to.deep.equal([10, 10, 11, 15]);
    });
  });

  describe('#push', () => {
    it('takes no change from nothing to nothing', async () => {
      const { watch } = open({ exists: false });
      for (const path of ['a', 'a.b']) watch.push(deletionAt(11, path));
      push(watch, 13);
      for (const version of [14, 15]) watch.push(deletionAt(version));
      watch.push({ ...deletionAt(16), type: 'expire' });
      watch.end();

      expect(await read(watch)).to.deep.equal([13, 14]);
    });

    it('takes deletions below what is still there', async () => {
      const { watch } = open({ exists: false });
      watch.push(changeAt(11, 'a.b'));
      for (const version of [12, 13]) watch.push(deletionAt(version, 'a.b'));
      watch.end();

      expect(await read(watch)).to.deep.equal([11, 12, 13]);
    });

    it('takes one deletion when nobody knows whether there was something', async () => {
      const { watch } = open({ exists: undefined });
      for (const version of [11, 12]) watch.push(deletionAt(version));
      watch.end();

      expect(await read(watch)).to.deep.equal([11]);
    });

    it('takes nothing as what was there when it began', async () => {
      const { watch } = open({ exists: false });
      watch.push({ version: 10, type: 'initial', path: 'a', value: undefined });

      expect((await watch.next()).value?.type).to.equal('initial');
      expect(watch.exists).to.equal(false);
    });

    it('takes nothing after the end', async () => {
      const { watch } = open();
      watch.end();
      push(watch, 11);

      expect(await read(watch)).to.deep.equal([]);
    });
  });

  describe('when it is read too slowly', () => {
    it('gives all that waited, then the error that names the last version', async () => {
      const { watch, ended } = open({ maxQueued: 3 });
      push(watch, 11, 13, 17, 19, 23);
      expect(ended).to.deep.equal([watch]);

      const [error, ...versions] = (await read(watch)).reverse();

      expect(versions).to.deep.equal([17, 13, 11]);
      expect(error).to.be.instanceOf(WatchOverflowError).with.deep.property('details', { path: 'a', version: 17 });
      expect((error as Error).message).to.equal(
        'A watch of `a` was read too slowly: more than 3 changes waited. To go on without a gap, watch since version 17',
      );
      expect(await watch.next()).to.deep.equal(over);
    });

    it('takes what fits when some was read', async () => {
      const { watch, ended } = open({ maxQueued: 2 });
      for (let version = 11; version < 100; version += 2) {
        push(watch, version, version + 1);
        await watch.next();
        await watch.next();
      }

      expect(ended).to.deep.equal([]);
      expect(watch.queued).to.equal(0);
    });

    it('never holds more than it may', () => {
      const { watch } = open({ maxQueued: 3 });
      for (let version = 11; version < 1_000; version++) push(watch, version);

      expect(watch.queued).to.equal(3);
    });

    it('says so of everything', async () => {
      const { watch } = open({ maxQueued: 1, path: pathTo('') });
      push(watch, 11, 12);

      expect((await read(watch))[1])
        .to.have.property('message')
        .that.matches(/^A watch of everything was/);
    });

    it('can still be aborted', async () => {
      const controller = new AbortController();
      const { watch } = open({ maxQueued: 2, signal: controller.signal });
      push(watch, 11, 12, 13);
      await watch.next();

      controller.abort('enough');

      expect(await read(watch)).to.deep.equal(['enough']);
    });
  });

  describe('#fail', () => {
    it('ends it with the error, once, when all is read', async () => {
      const { watch, ended } = open();
      push(watch, 11);
      const error = new Error('gone');
      watch.fail(error);
      watch.fail(new Error('again'));

      expect(ended).to.deep.equal([watch]);
      expect(await read(watch)).to.deep.equal([11, error]);
      expect(await watch.next()).to.deep.equal(over);
    });

    it('rejects one of several readers, and ends the others', async () => {
      const { watch } = open();
      const [first, ...others] = [watch.next(), watch.next(), watch.next()];

      watch.fail(new Error('gone'));

      expect(await rejection(Promise.resolve(first))).to.have.property('message', 'gone');
      expect(await Promise.all(others)).to.deep.equal([over, over]);
    });
  });

  describe('#return', () => {
    it('is called by a loop that is left, and drops what waits', async () => {
      const { watch, ended } = open();
      push(watch, 11, 12, 13);

      for await (const { version } of watch) if (version === 12) break;

      expect(ended).to.deep.equal([watch]);
      expect([watch.queued, watch.version]).to.deep.equal([0, 12]);
      expect(await watch.next()).to.deep.equal(over);
    });

    it('is called by a loop whose body throws', async () => {
      const { watch, ended } = open();
      push(watch, 11);

      await rejection(async () => {
        for await (const _ of watch) throw new Error('a bug');
      });

      expect(ended).to.deep.equal([watch]);
    });

    it('answers whoever still waits, and may be called again', async () => {
      const { watch, ended } = open();
      const reader = watch.next();

      expect([await watch.return(), await watch.return(), await reader]).to.deep.equal([over, over, over]);
      expect(ended).to.have.lengthOf(1);
    });

    it('forgets how it would have ended', async () => {
      const { watch } = open();
      push(watch, 11);
      watch.fail(new Error('gone'));

      await watch.return();

      expect(await watch.next()).to.deep.equal(over);
    });

    it('is what disposal does', async () => {
      const { watch, ended } = open();
      {
        await using disposed = watch;
        push(disposed, 11);
      }

      expect(ended).to.deep.equal([watch]);
      expect(watch.queued).to.equal(0);
    });
  });

  describe('with a signal', () => {
    it('drops what waits, and rejects once with the reason', async () => {
      const controller = new AbortController();
      const { watch, ended } = open({ signal: controller.signal });
      push(watch, 11);

      controller.abort('enough');

      expect(ended).to.deep.equal([watch]);
      expect(await read(watch)).to.deep.equal(['enough']);
      expect(await watch.next()).to.deep.equal(over);
    });

    it('has ended from the start if that is aborted', async () => {
      const { watch, ended } = open({ signal: AbortSignal.abort('enough') });

      expect(watch.ended).to.equal(true);
      expect(ended).to.deep.equal([watch]);
      expect(await read(watch)).to.deep.equal(['enough']);
    });

    it('listens to it no longer than it has to', async () => {
      const { signal } = new AbortController();
      const listeners = () => getEventListeners(signal, 'abort').length;
      const watches = Array.from({ length: 4 }, () => open({ signal, maxQueued: 1 }).watch);
      const [left, ended, failed, flooded] = watches as [Watch, Watch, Watch, Watch];
      expect(listeners()).to.equal(1);

      await left.return();
      ended.end();
      push(failed, 11);
      failed.fail(new Error('gone'));
      push(flooded, 11, 12);
      expect(listeners()).to.equal(1);
      await Promise.all([read(failed), read(flooded)]);

      expect(listeners()).to.equal(0);
    });
  });
});
