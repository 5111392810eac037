import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { AccessRules } from '../../lib/storage/access.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import type { StoragePath } from '../../lib/storage/storage-path.js';
import type { StorageRequest } from '../../lib/storage/storage-request.js';
import { LateStore } from '../support/late-store.js';
import { settled } from '../support/settled.js';
import { arbitraryPath, arbitraryWrite, withVersions } from './arbitrary-writes.js';
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
      { numRuns: Number(process.env.RUNS ?? 150) },
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
