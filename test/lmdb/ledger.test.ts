import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Ledger } from '../../lib/lmdb/ledger.js';
import { readData } from '../../lib/lmdb/read-data.js';
import { childKey, decodeRecord, encodeRecord, headKey, headStep, longestKey, rootKey } from '../../lib/lmdb/record.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { parsePath, pathOf } from '../../lib/storage/storage-path.js';
import type { Storable, StoredChange, Write } from '../../lib/storage/store.js';
import { type Action, arbitraryActions } from '../storage/arbitrary-writes.js';
import { roomy } from '../storage/opened-store.js';
import { hasTies, pictureOf, StoreModel } from '../storage/store-model.js';
import { FakeClock } from '../support/fake-clock.js';

function set(path: string, value: Storable, version: number, expiresAt?: number): StoredChange {
  return { type: 'set', path: parsePath(path), value, version, expiresAt, weight: 0 };
}

function gone(path: string, version: number): StoredChange {
  return { type: 'delete', path: parsePath(path), value: undefined, version, expiresAt: undefined, weight: 0 };
}

/** The steps of some changes, as `path=value@version` and `-path`. */
function stepsOf(ledger: Ledger, ...changes: readonly StoredChange[]): string[] {
  ledger.takeSteps();
  for (const change of changes) ledger.apply(change);
  return ledger.takeSteps().map(({ key, bytes }) => {
    if (bytes === undefined) return `-${nameOf(key)}`;
    const { value, version, expiresAt } = decodeRecord(key, bytes);
    return `${nameOf(key)}=${value === undefined ? '{…}' : JSON.stringify(value)}@${version}${expiresAt === undefined ? '' : ` until ${expiresAt}`}`;
  });
}

function nameOf(key: Buffer): string {
  return pathOf(decodeRecord(key, encodeRecord(key, null, { version: 0, expiresAt: undefined })).segments).text;
}

/** A database as simple as can be. */
class Records {
  readonly #entries = new Map<string, Buffer>([
    [rootKey.toString('hex'), encodeRecord(rootKey, undefined, { version: 0, expiresAt: undefined })],
  ]);

  take(ledger: Ledger): void {
    for (const { key, bytes } of ledger.takeSteps()) {
      if (bytes) this.#entries.set(key.toString('hex'), bytes);
      else expect(this.#entries.delete(key.toString('hex')), 'there is something to remove').to.equal(true);
    }
  }

  entries(head: Parameters<typeof headStep>[0]) {
    const all = [...this.#entries].sort(([one], [other]) => (one < other ? -1 : 1));
    const records = all.map(([key, value]) => ({ key: Buffer.from(key, 'hex'), value }));
    return [{ key: headKey, value: headStep(head).bytes }, ...records];
  }
}

/** A store whose records are kept, and read again. */
class Life {
  readonly clock = new FakeClock(1_000);
  readonly model = new StoreModel(roomy);
  readonly #records = new Records();
  #memory = new MemoryStore();
  #ledger = new Ledger();

  constructor() {
    this.#open();
  }

  run(action: Action): void {
    if (action.type === 'wait') this.clock.advance(action.ms);
    else if (action.type === 'look') this.#look();
    else this.#commit(action.writes);
  }

  /** What expires at the same time may do so in another order after a restart: that is left out. */
  #look(): void {
    this.expire();
    if (!hasTies(this.model.picture())) this.reopen();
  }

  expire(): void {
    this.model.expire(this.clock.date());
    this.#memory.snapshot();
  }

  reopen(): void {
    this.#records.take(this.#ledger);
    const { version } = this.#memory;
    this.#memory.close();
    const read = readData('here', this.#records.entries({ version, ...this.#ledger.total }));
    this.#memory = read.memory;
    this.#ledger = read.ledger;
    this.#open();
  }

  picture() {
    const versionOf = (segments: readonly string[]) => this.#memory.entry(pathOf(segments))?.version ?? 0;
    return pictureOf(this.#memory.snapshot(), versionOf);
  }

  #open(): void {
    const committed = (changes: readonly StoredChange[]) => {
      for (const change of changes) this.#ledger.apply(change);
    };
    this.#memory.open({ clock: this.clock, limits: roomy, committed });
  }

  #commit(writes: readonly Write[]): void {
    this.model.commit(writes, this.clock.date());
    try {
      this.#memory.commit(writes);
    } catch {
      return;
    }
    if (!writes.some(({ type }) => type === 'restore')) return;
    for (const { path, expiresAt } of this.#memory.snapshot().expiries) {
      this.#ledger.setExpiry(path.segments, this.#memory.peek(path) as Storable, expiresAt);
    }
  }
}

describe('Ledger', () => {
  it('writes a value, and the objects that it is the first in', () => {
    const ledger = new Ledger();

    expect(stepsOf(ledger, set('a.b.c', 1, 1))).to.deep.equal(['a={…}@1', 'a.b={…}@1', 'a.b.c=1@1']);
    expect(stepsOf(ledger, set('a.b.d', 2, 2))).to.deep.equal(['a.b.d=2@2']);
    expect(stepsOf(ledger, set('a.b.c', [{ x: 1 }], 3))).to.deep.equal(['a.b.c=[{"x":1}]@3']);
  });

  it('writes each property of an object', () => {
    expect(stepsOf(new Ledger(), set('a', { b: { c: 1 }, d: [] }, 1, 99))).to.deep.equal([
      'a={…}@1 until 99',
      'a.b={…}@1',
      'a.b.c=1@1',
      'a.d=[]@1',
    ]);
  });

  it('removes what is not in an object any more', () => {
    const ledger = new Ledger();
    stepsOf(ledger, set('a', { b: { c: 1, d: 2 }, e: 3 }, 1));

    expect(stepsOf(ledger, set('a', { b: { d: 4 } }, 2))).to.deep.equal([
      'a={…}@2',
      'a.b={…}@2',
      'a.b.d=4@2',
      '-a.b.c',
      '-a.e',
    ]);
    expect(stepsOf(ledger, set('a', 5, 3))).to.deep.equal(['a=5@3', '-a.b', '-a.b.d']);
  });

  it('removes what is gone, and writes down in its parent when', () => {
    const ledger = new Ledger();
    stepsOf(ledger, set('a', { b: { c: 1 } }, 1, 50));

    expect(stepsOf(ledger, gone('a.b', 2))).to.deep.equal(['-a.b', '-a.b.c', 'a={…}@2 until 50']);
    expect(stepsOf(ledger, gone('a', 3))).to.deep.equal(['-a', '={…}@3']);
  });

  it('empties the root', () => {
    const ledger = new Ledger();
    stepsOf(ledger, set('a', { b: 1 }, 1));

    expect(stepsOf(ledger, gone('', 2))).to.deep.equal(['={…}@2', '-a', '-a.b']);
    expect(ledger.total).to.deep.equal({ records: 1, sum: 2 });
  });

  it('keeps an object whole whose key is very long, so that no key is longer than lmdb takes', () => {
    const ledger = new Ledger();
    const deep = (levels: number): Storable => (levels === 0 ? 1 : { ['\uffff'.repeat(256)]: deep(levels - 1) });
    ledger.apply(set('a', deep(8), 1));
    const steps = ledger.takeSteps();

    expect(Math.max(...steps.map(({ key }) => key.length))).to.be.within(1_100, longestKey);
    const last = steps.at(-1);
    expect(last?.bytes && decodeRecord(last.key, last.bytes).value).to.be.an('object');
    ledger.apply(gone('a', 2));
    expect(ledger.takeSteps()).to.have.lengthOf(steps.length + 1);
    expect(ledger.total.records).to.equal(1);
  });

  it('adds versions up without ever losing one to rounding', () => {
    const ledger = new Ledger();
    const most = 2 ** 51 - 1;
    for (const name of ['a', 'b', 'c']) ledger.apply(set(name, 1, most));

    expect(ledger.total).to.deep.equal({ records: 4, sum: most - 2 });
    ledger.apply(set('b', 1, 5));
    expect(ledger.total).to.deep.equal({ records: 4, sum: 3 });
  });

  it('refuses records without their parents, and without a root', () => {
    const record = (...segments: readonly string[]) => ({ segments, version: 1, expiresAt: undefined });
    const object = { value: undefined };

    expect(
      Ledger.from([
        { ...record(), ...object },
        { ...record('a', 'b'), value: 1 },
      ]),
    ).to.equal(undefined);
    expect(
      Ledger.from([
        { ...record(), ...object },
        { ...record('a'), value: 1 },
        { ...record('a', 'b'), value: 1 },
      ]),
    ).to.equal(undefined);
    expect(Ledger.from([{ ...record(), value: 1 }])).to.equal(undefined);
    expect(Ledger.from([{ ...record('a'), value: 1 }])?.total.records).to.equal(1);
  });

  it('keeps records from which everything can be read again, whatever was done', () => {
    const property = fc.property(arbitraryActions, actions => {
      const life = new Life();
      for (const action of actions) life.run(action);
      life.expire();
      life.reopen();

      expect(life.picture()).to.deep.equal(life.model.picture());
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('knows after a restart what it knew before', () => {
    const ledger = new Ledger();
    stepsOf(ledger, set('a', { b: { c: 1 }, d: 2 }, 1), gone('a.d', 2));
    const records = [
      { segments: [], version: 0, expiresAt: undefined, value: undefined },
      { segments: ['a'], version: 2, expiresAt: undefined, value: undefined },
      { segments: ['a', 'b'], version: 1, expiresAt: undefined, value: undefined },
      { segments: ['a', 'b', 'c'], version: 1, expiresAt: undefined, value: 1 },
    ];
    const again = Ledger.from(records) as Ledger;

    expect(again.total).to.deep.equal(ledger.total);
    expect(stepsOf(again, set('a', 1, 3))).to.deep.equal(stepsOf(ledger, set('a', 1, 3)));
    expect(childKey(rootKey, 'a').length).to.equal(4);
  });
});
