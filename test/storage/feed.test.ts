import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Access, type AccessRules } from '../../lib/storage/access.js';
import { encodeChanges } from '../../lib/storage/change-code.js';
import { ChangeLog } from '../../lib/storage/change-log.js';
import { Feed } from '../../lib/storage/feed.js';
import type { Storable, StoredChange } from '../../lib/storage/store.js';
import { changeOf } from '../support/changes.js';
import { RecordedLine } from '../support/recorded-line.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';

interface Settings {
  readonly rules?: AccessRules;
  /** How many changes are remembered. */
  readonly most?: number;
}

function setUp({ rules, most = 100 }: Settings = {}) {
  const line = new RecordedLine();
  const log = new ChangeLog({ changes: most, weight: 1_000_000 });
  const encoded: (readonly StoredChange[])[] = [];
  const encode = (changes: readonly StoredChange[]) => {
    encoded.push(changes);
    return encodeChanges(changes);
  };
  const feed = new Feed({ log, line, access: new Access('cooks', rules), encode });
  const write = (version: number, path = `v${version}`) => log.add([changeOf(version, path, version)]);
  return { line, log, feed, encoded, write, said: () => line.takeAll().map(([, body]) => summary(body)) };
}

/** What was said, in a few words. */
function summary(body: unknown): string {
  const { versions, parts, first, behind, lost } = body as Record<string, unknown>;
  if (versions) return `changes ${versions}`;
  if (first) return `first ${JSON.stringify(first)}`;
  if (parts) return `parts ${(parts as [string][]).map(([path]) => path)}`;
  return behind ? 'behind' : `lost ${lost}`;
}

const nothing = { version: 0, value: {}, expiries: [] };
const snapshotOf = (version: number, value: { readonly [key: string]: Storable }) => ({ version, value, expiries: [] });

/** The same, with a replica that knows of nothing. */
async function begun(settings: Settings = {}) {
  const all = setUp(settings);
  await all.feed.begin(nothing, () => {});
  all.line.takeAll();
  return all;
}

describe('Feed', () => {
  describe('#begin', () => {
    it('sends what the replica begins with, then what has changed since, then calls back', async () => {
      const { feed, said, write, line } = setUp();
      write(1, 'a');
      write(2, 'b');

      const isBegun = await feed.begin(snapshotOf(1, { a: 1 }), () => line.post(7, 'done'));

      expect(isBegun).to.equal(true);
      expect(feed.isOn).to.equal(true);
      expect(said()).to.deep.equal(['first {"group":"cooks"}', 'parts a', 'changes 2', 'lost undefined']);
    });

    it('tells the rules only to whom there is something to hide from, and sends nothing of that', async () => {
      const rules = { secret: 'none' } as const;
      const { feed, said } = setUp({ rules });

      await feed.begin(snapshotOf(1, { secret: 1, a: 2 }), () => {});

      expect(said()).to.deep.equal([`first ${JSON.stringify({ group: 'cooks', rules })}`, 'parts a']);
      const reader = setUp({ rules: { a: 'read' } });
      await reader.feed.begin(snapshotOf(1, { a: 2 }), () => {});
      expect(reader.said()).to.deep.equal(['first {"group":"cooks"}', 'parts a']);
    });

    it('waits where the line is crowded, and then tells of what has changed meanwhile', async () => {
      const { feed, line, write } = setUp();
      const large = 'x'.repeat(60_000);
      const done: string[] = [];
      line.limit(2);

      const beginning = feed.begin(snapshotOf(3, { a: large, b: large, c: large }), () => done.push('done'));
      await settled();
      expect(line.size).to.equal(2);
      write(4);
      feed.flush();
      expect(line.size).to.equal(2);

      const heard: string[] = [];
      for (let turn = 0; turn < 5; turn++) {
        heard.push(...line.takeAll().map(([, body]) => summary(body)));
        await settled();
      }
      expect(await beginning).to.equal(true);
      expect(heard).to.deep.equal(['first {"group":"cooks"}', 'parts a', 'parts b', 'parts c', 'changes 4']);
      expect(done).to.deep.equal(['done']);
    });

    it('has to be begun anew when the log has forgotten what happened meanwhile', async () => {
      const { feed, log, write } = setUp({ most: 1 });
      write(1);
      write(2);
      write(3);

      expect(log.oldest).to.equal(2);
      expect(await feed.begin(snapshotOf(1, { v1: 1 }), () => expect.fail())).to.equal(false);
      expect(feed.isOn).to.equal(false);
      expect(await feed.begin(snapshotOf(2, { v1: 1, v2: 2 }), () => {})).to.equal(true);
    });

    it('stops quietly when it is closed, before or meanwhile', async () => {
      const { feed, line } = setUp();
      line.limit(1);

      const beginning = feed.begin(snapshotOf(1, { a: 'x'.repeat(70_000), b: 1 }), () => expect.fail());
      feed.close();
      line.limit(10);

      expect(await beginning).to.equal(true);
      expect(await feed.begin(nothing, () => expect.fail())).to.equal(true);
      expect(feed.isOn).to.equal(false);
    });

    it('rejects when a piece could not be sent', async () => {
      const { feed, line } = setUp();
      line.limit(1);

      const beginning = feed.begin(snapshotOf(1, { a: 1 }), () => expect.fail());
      feed.failed(new RangeError('too large'));
      line.limit(10);

      expect(await rejection(beginning)).to.be.instanceOf(RangeError);
      expect(await feed.begin(nothing, () => {})).to.equal(true);
    });
  });

  describe('#flush', () => {
    it('sends what is new, once', async () => {
      const { feed, said, write } = await begun();
      write(1);
      write(2);

      feed.flush();
      feed.flush();

      expect(said()).to.deep.equal(['changes 1,2']);
    });

    it('sends nothing before there is a replica, and nothing after it is closed', async () => {
      const { feed, said, write } = setUp();
      write(1);
      feed.flush();
      feed.catchUp();
      expect(said()).to.deep.equal([]);

      await feed.begin(nothing, () => {});
      said();
      feed.close();
      write(2);
      feed.flush();
      feed.catchUp();
      expect(said()).to.deep.equal([]);
    });

    it('sends a fair share at a time, and no transaction in pieces', async () => {
      const { feed, said, log } = await begun({ most: 10_000 });
      log.add(Array.from({ length: 600 }, (_, place) => changeOf(place + 1, 'a', 1)));
      log.add(Array.from({ length: 600 }, (_, place) => changeOf(place + 601, 'b', 1)));

      feed.flush();

      const counts = said().map(text => text.split(',').length);
      expect(counts).to.deep.equal([600, 600]);
    });

    it('waits where the line is crowded, and sends all when it is not, once', async () => {
      const { feed, line, said, write } = await begun();
      line.limit(1);
      line.post(9, 'in the way');
      write(1);
      feed.flush();
      write(2);
      feed.flush();
      expect(line.size).to.equal(1);

      line.takeAll();
      await settled();

      expect(said()).to.deep.equal(['changes 1,2']);
    });

    it('tells who waited too long that the replica is wrong, and nothing more', async () => {
      const { feed, said, write } = await begun({ most: 2 });
      for (const version of [1, 2, 3]) write(version);

      feed.flush();
      write(4);
      feed.flush();

      expect(feed.isOn).to.equal(false);
      expect(said()).to.deep.equal(['behind']);
    });

    it('leaves out what may not be seen, and shares what everybody may see', async () => {
      const open = await begun();
      const guarded = await begun({ rules: { secret: 'none' } });
      for (const { feed, log } of [open, guarded]) {
        log.add([changeOf(1, 'secret', 1)]);
        feed.flush();
        log.add([changeOf(2, 'secret.a', 1), changeOf(3, 'b', 1)]);
        feed.flush();
      }

      expect(open.said()).to.deep.equal(['changes 1', 'changes 2,3']);
      expect(open.encoded).to.have.lengthOf(2);
      expect(guarded.said()).to.deep.equal(['changes 3']);
      expect(guarded.encoded).to.have.lengthOf(0);
    });
  });

  describe('#own', () => {
    /** What a process has written, and what others did before. */
    const write = ({ log, feed }: Pick<Awaited<ReturnType<typeof begun>>, 'log' | 'feed'>, ...versions: number[]) => {
      const changes = versions.map(version => changeOf(version, 'own', version));
      log.add(changes);
      feed.own(changes);
    };

    it('sends what was before, and leaves its own changes to the answer', async () => {
      const all = await begun();
      all.write(1);
      write(all, 2, 3);

      all.feed.flush();
      expect(all.said()).to.deep.equal(['changes 1']);
      expect([2, 3, 4].map(version => all.feed.awaits(version))).to.deep.equal([false, true, false]);
      all.feed.answered();
      all.feed.flush();

      expect(all.said()).to.deep.equal([]);
      expect(all.feed.awaits(3)).to.equal(false);
    });

    it('sends what came after its own change when that was answered, and not before', async () => {
      const all = await begun();
      write(all, 1);
      all.write(2);
      all.feed.flush();
      expect(all.said()).to.deep.equal([]);

      all.feed.answered();

      expect(all.said()).to.deep.equal(['changes 2']);
    });

    it('sends what is between two of its own after the first answer, and before the second', async () => {
      const all = await begun();
      write(all, 1);
      all.write(2);
      write(all, 3);
      all.write(4);

      all.feed.answered();
      expect(all.said()).to.deep.equal(['changes 2']);
      all.feed.answered();

      expect(all.said()).to.deep.equal(['changes 4']);
    });

    it('tells of all, its own too, when an answer that knows of it comes first', async () => {
      const all = await begun();
      write(all, 1);
      all.write(2);

      all.feed.catchUp();

      expect(all.said()).to.deep.equal(['changes 1,2']);
      expect(all.feed.awaits(1)).to.equal(false);
      write(all, 3);
      expect(all.feed.awaits(3)).to.equal(true);
    });

    it('does not take a replica for right again that has missed what was before', async () => {
      const all = await begun({ most: 2 });
      for (const version of [1, 2, 3]) all.write(version);
      write(all, 4);

      expect(all.feed.awaits(4)).to.equal(false);
      all.feed.answered();
      all.write(5);
      all.feed.flush();

      expect(all.said()).to.deep.equal(['behind']);
      expect(all.feed.isOn).to.equal(false);
    });

    it('waits for no answer as long as there is no replica', async () => {
      const all = setUp();
      write(all, 1);

      expect(all.feed.awaits(1)).to.equal(false);
      await all.feed.begin(nothing, () => {});

      expect(all.said()).to.deep.equal(['first {"group":"cooks"}', 'changes 1']);
    });

    it('waits for none that was on its way when the replica began anew', async () => {
      const all = await begun();
      write(all, 1);

      await all.feed.begin(snapshotOf(1, { own: 1 }), () => {});

      expect(all.feed.awaits(1)).to.equal(false);
      all.write(2);
      all.feed.flush();
      expect(all.said().at(-1)).to.equal('changes 2');
    });
  });

  describe('#failed', () => {
    it('tells that the replica is wrong without what could not be sent', async () => {
      const { feed, said, write } = await begun();
      write(1);
      feed.flush();
      said();

      feed.failed(new Error('too large'));

      expect(said()).to.deep.equal(['behind']);
      expect(feed.isOn).to.equal(false);
    });
  });

  describe('#lost', () => {
    it('says which lock was taken away, also without a replica', () => {
      const { feed, said } = setUp();

      feed.lost(3);

      expect(said()).to.deep.equal(['lost 3']);
    });
  });
});
