import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { VersionGoneError } from '../../lib/errors/storage-errors.js';
import type { AccessRules } from '../../lib/storage/access.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { parsePath, type StoragePath } from '../../lib/storage/storage-path.js';
import type { StorageRequest } from '../../lib/storage/storage-request.js';
import { LateStore } from '../support/late-store.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { arbitraryPath, arbitraryWrite, withVersions } from './arbitrary-writes.js';
import { write } from './opened-store.js';
import { ReplicaWorld, Resident } from './replica-world.js';

/** Something that happens between a primary and those who use its storage. */
type Happening =
  | { readonly type: 'ask'; readonly who: number; readonly requests: readonly StorageRequest[] }
  | { readonly type: 'up' | 'down'; readonly who: number; readonly count: number }
  | { readonly type: 'limit'; readonly who: number; readonly most: number }
  | { readonly type: 'store'; readonly tellings: number; readonly answers: number }
  | { readonly type: 'wait'; readonly ms: number }
  /** Promises settle. */
  | { readonly type: 'turn' };

const people = 3;
const who = fc.nat({ max: people - 1 });
const some = fc.constantFrom(1, 1, 2, 5, 100);

const request: fc.Arbitrary<StorageRequest> = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      writes: fc.array(arbitraryWrite, { minLength: 1, maxLength: 1 }),
    }),
    weight: 6,
  },
  {
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      writes: fc.array(arbitraryWrite, { maxLength: 4, size: 'max' }),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      type: fc.constantFrom('get' as const, 'entry' as const, 'keys' as const),
      path: arbitraryPath,
    }),
    weight: 3,
  },
  { arbitrary: fc.constant({ type: 'snapshot' as const }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant('renew' as const), id: fc.constant(1), ttl: fc.constant(5) }), weight: 1 },
);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant('ask' as const),
      who,
      requests: fc.array(request, { minLength: 1, maxLength: 3 }),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ type: fc.constantFrom('up' as const, 'down' as const), who, count: some }), weight: 12 },
  {
    arbitrary: fc.record({
      type: fc.constant('store' as const),
      tellings: fc.nat({ max: 4 }),
      answers: fc.nat({ max: 3 }),
    }),
    weight: 6,
  },
  { arbitrary: fc.record({ type: fc.constant('limit' as const), who, most: fc.constantFrom(1, 2, 1_000) }), weight: 2 },
  { arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat({ max: 12 }) }), weight: 1 },
  { arbitrary: fc.constant({ type: 'turn' as const }), weight: 6 },
);

const rules = fc.constantFrom<AccessRules>(
  {},
  {},
  { a: 'none', 'a.b': 'read' },
  { '': 'none', b: 'write', 'c.a': 'read' },
  { '': 'read', c: 'write', 'c.a': 'none' },
);

/** A world in which things happen. */
class Story {
  readonly world: ReplicaWorld;
  readonly people: readonly Resident[];
  readonly store: MemoryStore | LateStore;

  constructor(store: MemoryStore | LateStore, mostChanges: number, all: readonly AccessRules[]) {
    this.store = store;
    this.world = new ReplicaWorld({ store, mostChanges });
    this.people = all.map(each => new Resident(this.world, each));
  }

  async run(happenings: readonly Happening[]): Promise<void> {
    this.world.hub.open();
    for (const each of happenings) {
      this.#happen(each);
      if (each.type === 'turn') await settled();
      for (const person of this.people) person.checkReplica();
    }
    await this.#end();
    for (const person of this.people) {
      for (const failure of person.failures) throw failure;
      person.checkHeard();
      person.checkIsCurrent();
    }
  }

  #happen(happening: Happening): void {
    if (happening.type === 'turn') return;
    if (happening.type === 'wait') this.world.clock.advance(happening.ms);
    else if (happening.type === 'store') this.#moveStore(happening.tellings, happening.answers);
    else {
      const person = this.people[happening.who] as Resident;
      if (happening.type === 'ask') for (const each of happening.requests) person.ask(this.#current(each));
      else if (happening.type === 'limit') person.down.limit(happening.most);
      else if (happening.type === 'up') person.sendUp(happening.count);
      else person.sendDown(happening.count);
    }
  }

  #moveStore(tellings: number, answers: number): void {
    if (this.store instanceof MemoryStore) return;

    for (let left = tellings; left > 0; left--) this.store.tell();
    for (let left = answers; left > 0; left--) this.store.answer();
  }

  /** Writes that want the version which their path has want that of now. */
  #current(each: StorageRequest): StorageRequest {
    if (each.type !== 'commit') return each;

    const entryOf = (path: StoragePath) =>
      this.store instanceof LateStore ? this.store.entryNow(path) : this.store.entry(path);
    return { type: 'commit', writes: withVersions(each.writes, path => entryOf(path)?.version ?? 0) };
  }

  /** Until everything has arrived. */
  async #end(): Promise<void> {
    for (const person of this.people) person.down.limit(Number.POSITIVE_INFINITY);
    for (let quiet = 0; quiet < 4; quiet++) {
      if (this.store instanceof LateStore) this.store.finish();
      await settled();
      for (const person of this.people) {
        if (person.up.size + person.down.size > 0) quiet = 0;
        person.sendUp(1_000);
        person.sendDown(1_000);
      }
    }
    for (const { open } of this.people) if (open > 0) throw new Error(`${open} requests were never answered`);
  }
}

describe('replication', () => {
  const replicates = (makeStore: () => MemoryStore | LateStore, mostChanges: number) => () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(happening, { maxLength: 60, size: 'max' }),
        fc.array(rules, { minLength: people, maxLength: people }),
        (happenings, all) => new Story(makeStore(), mostChanges, all).run(happenings),
      ),
      { numRuns: Number(process.env.RUNS ?? 100) },
    );

  it(
    'keeps replicas right',
    replicates(() => new MemoryStore(), 1_000),
  );

  it(
    'keeps replicas right though the log forgets',
    replicates(() => new MemoryStore(), 4),
  );

  it(
    'keeps replicas right though the store is late',
    replicates(() => new LateStore(), 1_000),
  );

  it(
    'keeps replicas right though the store is late and the log forgets',
    replicates(() => new LateStore(), 4),
  );
});

describe('a replica that is behind', () => {
  const path = parsePath;
  const set = (name: string, value: unknown): StorageRequest => ({ type: 'commit', writes: [write.set(name, value)] });

  /** Somebody whose replica has just heard that it missed too much, and somebody else who writes. */
  async function behind(maxPending?: number) {
    const world = new ReplicaWorld({ store: new MemoryStore(), mostChanges: 2 });
    world.hub.open({ a: 0 });
    const [late, other] = [new Resident(world, {}, maxPending), new Resident(world)];
    const move = async (...people: Resident[]) => {
      for (let turn = 0; turn < 4; turn++) {
        for (const each of people) {
          each.sendUp(100);
          each.sendDown(100);
        }
        await settled();
      }
    };
    for (const each of [late, other]) void each.client.attach();
    await move(late, other);
    late.down.limit(0);
    for (const value of [1, 2, 3]) other.ask(set('a', value));
    await move(other);
    late.down.limit(100);
    await settled();
    const root = () => late.client.source?.peek(path(''));
    return { world, late, other, move, root };
  }

  it('serves until there is a new one', async () => {
    const { late, move, root } = await behind();
    late.sendDown(1);
    expect(late.heard).to.deep.equal(['gap']);
    expect(root()).to.deep.equal({ a: 0 });

    await move(late);

    expect(root()).to.deep.equal({ a: 3 });
  });

  it('tells again that changes were missed: somebody may have begun to watch meanwhile', async () => {
    const { late, move } = await behind();
    late.sendDown(1);

    await move(late);

    expect(late.heard).to.deep.equal(['gap', 'gap']);
  });

  it('holds answers back that know more, until there is a new one', async () => {
    const { late, move, root } = await behind();
    const seen: unknown[] = [];
    const asked = late.client.ask({ type: 'get', path: path('a') }).then(answer => seen.push([answer, root()]));
    const written = late.client.ask(set('a', { b: 1 })).then(() => seen.push(root()));
    late.sendUp(100);
    // The news that it is behind, and the answers, but not the next replica.
    late.sendDown(3);
    await settled();
    expect(seen).to.deep.equal([]);

    await move(late);
    await Promise.all([asked, written]);

    expect(seen).to.deep.equal([[3, { a: { b: 1 } }], { a: { b: 1 } }]);
  });

  it('lets nothing overtake what is asked meanwhile', async () => {
    const { late, move, world } = await behind();
    late.sendDown(1);
    const first = late.client.ask(set('b', 'first'));
    late.sendUp(100);
    await settled();
    while (late.down.size > 0) late.sendDown(1);
    const second = late.client.ask(set('b', 'second'));

    await move(late);
    await Promise.all([first, second]);

    expect(world.store.peek(path('b'))).to.equal('second');
  });

  it('is given up when there is no other, and asked for again by the next who asks', async () => {
    const { late, move, root } = await behind();
    const held = late.client.ask({ type: 'get', path: path('a') });
    late.sendUp(100);
    late.sendDown(2);

    // The request for the next replica is number 3.
    late.client.failed(3, new RangeError('no room'));
    late.up.takeAll();
    expect(await held).to.equal(3);
    expect(late.client.source).to.equal(undefined);

    const next = late.client.ask(set('b', 1));
    await move(late);
    await next;
    expect(root()).to.deep.equal({ a: 3, b: 1 });
  });

  it('lets go of what it holds back when the other side is gone', async () => {
    const { late } = await behind();
    const held = late.client.ask({ type: 'get', path: path('a') });
    late.sendUp(100);
    late.sendDown(2);

    late.client.close(new Error('gone'));

    expect(await held).to.equal(3);
  });

  it('does not take a write that has no place in it, when the other side is gone', async () => {
    const { late, other, move, root } = await behind();
    other.ask(set('a', {}));
    await move(other);
    const held = late.client.ask(set('a.b', 1));
    late.sendUp(100);
    late.sendDown(2);

    late.client.close(new Error('gone'));

    expect(root()).to.deep.equal({ a: 0 });
    expect(await held).to.deep.equal({ version: 6, results: [6] });
  });

  it('is not told what has changed since some time: it would miss what follows', async () => {
    const { late, move } = await behind();
    const asked = rejection(late.client.ask({ type: 'history', since: 3 }));

    await move(late);

    expect(await asked).to.be.instanceOf(VersionGoneError);
  });
});
