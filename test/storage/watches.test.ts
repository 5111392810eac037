import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { StorageChange } from '../../lib/storage/shared-storage.js';
import type { Storable } from '../../lib/storage/store.js';
import type { Watch } from '../../lib/storage/watch.js';
import { Watches, type WatchOpening } from '../../lib/storage/watches.js';
import {
  arbitraryPath,
  arbitraryValue,
  carriedOut,
  changeOf,
  expiryOf,
  partOfTree,
  pathTo,
  treeWith,
} from '../support/changes.js';
import { rejection } from '../support/thrown.js';

function open(watches: Watches, path: string, opening: Partial<WatchOpening> = {}): Watch {
  return watches.open(pathTo(path), { from: 0, value: undefined, maxQueued: 1_000, ...opening });
}

/** All that a watch has to tell by now; ends it. */
async function told(watch: Watch): Promise<StorageChange[]> {
  const changes: StorageChange[] = [];
  while (watch.queued > 0) changes.push((await watch.next()).value as StorageChange);
  await watch.return();
  return changes;
}

function short({ version, path, value }: StorageChange): unknown[] {
  return [version, path, value];
}

describe('Watches', () => {
  it('tells every watch what concerns its path, and nothing else', async () => {
    const watches = new Watches();
    const paths = ['', 'a', 'a.b', 'a.b.c', 'a.x', 'b'];
    const opened = paths.map(path => open(watches, path, { value: 0 }));

    watches.tell([changeOf(1, 'a.b', { c: 1 }), changeOf(2, 'b', 2)]);

    const all = await Promise.all(opened.map(told));
    expect(Object.fromEntries(paths.map((path, index) => [path, all[index]?.map(short)]))).to.deep.equal({
      ...{
        '': [
          [1, 'a.b', { c: 1 }],
          [2, 'b', 2],
        ],
        a: [[1, 'a.b', { c: 1 }]],
        'a.b': [[1, 'a.b', { c: 1 }]],
      }, // rows
      ...{ 'a.b.c': [[1, 'a.b.c', 1]], 'a.x': [], b: [[2, 'b', 2]] },
    });
  });

  it('tells several watches of one path', async () => {
    const watches = new Watches();
    const opened = [open(watches, 'a'), open(watches, 'a')];

    watches.tell([changeOf(1, 'a', 1)]);

    const [one, other] = await Promise.all(opened.map(told));
    expect(one).to.have.lengthOf(1);
    expect(one?.[0]).to.equal(other?.[0]).and.be.frozen;
  });

  it('does not tell that nothing became nothing', async () => {
    const watches = new Watches();
    const [absent, present] = [open(watches, 'a.b'), open(watches, 'a.c', { value: 1 })];

    watches.tell([changeOf(1, 'a', {}), changeOf(2, 'a', { d: 1 }), expiryOf(3, 'a')]);

    expect(await told(absent)).to.deep.equal([]);
    expect((await told(present)).map(({ version, type }) => [version, type])).to.deep.equal([[1, 'delete']]);
  });

  it('is asked for nothing once a watch has ended, whatever ended it', async () => {
    const watches = new Watches();
    const controller = new AbortController();
    const opened = ['a', 'b', 'c', 'd', ''].map(path =>
      open(watches, path, { signal: controller.signal, maxQueued: 1 }),
    );
    expect(watches.size).to.equal(5);

    await opened[0]?.return();
    opened[1]?.end();
    watches.tell([changeOf(1, 'c', 1), changeOf(2, 'c', 2)]);
    expect(watches.size).to.equal(1);
    controller.abort();

    expect(watches.size).to.equal(0);
  });

  it('never counts a watch that is aborted before it begins', () => {
    const watches = new Watches();
    open(watches, 'a', { signal: AbortSignal.abort() });

    expect(watches.size).to.equal(0);
  });

  describe('#open', () => {
    it('begins with what is there', async () => {
      const watches = new Watches();
      const [one, none] = [
        open(watches, 'a', { from: 7, value: 1, initial: true }),
        open(watches, 'a', { initial: true }),
      ];

      expect(await told(one)).to.deep.equal([{ version: 7, type: 'initial', path: 'a', value: 1 }]);
      expect((await told(none)).map(short)).to.deep.equal([[0, 'a', undefined]]);
    });

    it('begins some time ago, and goes on without a gap', async () => {
      const watches = new Watches();
      const history = [changeOf(5, 'a', 5), changeOf(6, 'b', 6), changeOf(7, '', { a: 7 })];
      const watch = open(watches, 'a', { from: 4, value: 7, history });
      watches.tell([changeOf(8, 'a', 8)]);

      expect((await told(watch)).map(short)).to.deep.equal([
        [5, 'a', 5],
        [7, 'a', 7],
        [8, 'a', 8],
      ]); // in order
    });

    it('knows what is there when its history does not tell', async () => {
      const watches = new Watches();
      const history = [changeOf(6, 'b', 6)];
      const [absent, present] = [undefined, 1].map(value => open(watches, 'a.b', { from: 4, value, history })) as [
        Watch,
        Watch,
      ];
      watches.tell([changeOf(7, 'a', {})]);

      expect(await told(absent)).to.deep.equal([]);
      expect((await told(present)).map(short)).to.deep.equal([[7, 'a.b', undefined]]);
    });

    it('tells a deletion in its history, though it cannot know what was there', async () => {
      const watch = open(new Watches(), 'a.b', { from: 4, history: [changeOf(5, 'a'), changeOf(6, '', {})] });

      expect((await told(watch)).map(short)).to.deep.equal([[5, 'a.b', undefined]]);
    });

    it('gives of a history that is too long as much as it may, so that the next one begins later', async () => {
      const watches = new Watches();
      const history = [5, 6, 7].map(version => changeOf(version, 'a', version));
      const watch = open(watches, 'a', { from: 4, value: 7, history, maxQueued: 2 });

      expect((await told(watch)).map(({ version }) => version)).to.deep.equal([5, 6]);
      expect(watches.size).to.equal(0);
    });
  });

  describe('#failAll', () => {
    it('ends every watch, each with an error of its own', async () => {
      const watches = new Watches();
      const opened = ['', 'a', 'a', 'a.b', 'c.d'].map(path => open(watches, path));

      watches.failAll(({ path }) => new Error(`no more of ${path.text}`));

      expect(watches.size).to.equal(0);
      const errors = await Promise.all(opened.map(watch => rejection(watch.next())));
      expect(new Set(errors)).to.have.lengthOf(5);
      expect(errors.map(({ message }) => message)).to.deep.equal(
        ['', 'a', 'a', 'a.b', 'c.d'].map(p => `no more of ${p}`),
      );
    });
  });

  describe('#close', () => {
    it('ends every watch, and each that is opened later', async () => {
      const watches = new Watches();
      const early = open(watches, 'a');
      const reason = new Error('over');

      watches.close(reason);
      const late = open(watches, 'a');

      expect(watches.size).to.equal(0);
      expect([await rejection(early.next()), await rejection(late.next())]).to.deep.equal([reason, reason]);
    });
  });

  it('tells each watch exactly what changed at its path, once and in order, whoever else watches', async () => {
    const step = fc.record({ path: arbitraryPath(), value: fc.option(arbitraryValue, { nil: undefined }) });
    const opening = fc.record({ path: arbitraryPath(), at: fc.nat(10), back: fc.nat(5) });
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.array(opening, { maxLength: 8 }),
      async (steps, openings) => {
        const done = carriedOut(steps);
        const trials = runTrials(done, openings);
        for (const { watch, path, from, now } of trials) {
          const expected = done.filter(each => each.change.version > from && concerns(each, path));
          const seen = await told(watch);
          // What the history cannot know: see `open`.
          const surely = seen.filter(
            ({ version, value }) => value !== undefined || version > now || wasThere(done, version, path),
          );
          expect(surely.map(({ version }) => version)).to.deep.equal(expected.map(({ change }) => change.version));
          for (const change of seen) expectToFit(change, done, path);
        }
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});

type Done = ReturnType<typeof carriedOut>;
interface Opening {
  readonly path: string;
  /** After how many changes it is opened. */
  readonly at: number;
  /** How many changes before that it begins. */
  readonly back: number;
}

function runTrials(done: Done, openings: readonly Opening[]) {
  const watches = new Watches();
  const changes = done.map(({ change }) => change);
  return [...done, undefined].flatMap((each, now) => {
    const value = (path: string) => partOfTree(done[now - 1]?.after ?? {}, pathTo(path).segments);
    const opened = openings
      .filter(({ at }) => at === now)
      .map(({ path, back }) => {
        const from = Math.max(0, now - back);
        const watch = open(watches, path, { from, value: value(path), history: changes.slice(from, now) });
        return { watch, path, from, now };
      });
    if (each) watches.tell([each.change]);
    return opened;
  });
}

function concerns({ change, before, after }: Done[number], path: string): boolean {
  const [here, there] = [pathTo(path).segments, change.path.segments];
  const related = here.every((segment, index) => index >= there.length || segment === there[index]);
  return related && [before, after].some(tree => partOfTree(tree, here) !== undefined);
}

function wasThere(done: Done, version: number, path: string): boolean {
  return partOfTree(done[version - 1]?.before, pathTo(path).segments) !== undefined;
}

/** The change leads from what was there before to what was there after. */
function expectToFit({ version, path, value }: StorageChange, done: Done, watched: string): void {
  const { before, after } = done[version - 1] as Done[number];
  const here = pathTo(watched).segments;
  const applied = treeWith(
    partOfTree(before, here),
    pathTo(path).segments.slice(here.length),
    value as Storable | undefined,
  );
  expect(applied).to.deep.equal(partOfTree(after, here) as Storable);
}
