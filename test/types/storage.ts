// Compile-only: what `lib/storage` promises to a compiler. `tsc` is the test.
import type { AnyProtocol, Protocol, StorageOf } from '../../lib/protocol/protocol.js';
import type {
  SharedStorage,
  StorageChange,
  StorageEntry,
  StorageOperation,
  TransactionResult,
} from '../../lib/storage/shared-storage.js';
import type { PathInput } from '../../lib/storage/storage-path.js';
import type { Storable } from '../../lib/storage/store.js';
import type { AnyStorage, Frozen, KeyOf, PathOf, ValueAt, WatchedAt } from '../../lib/storage/typed-paths.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function check<_T extends true>(): void {}

interface User {
  name: string;
  age?: number;
  tags: string[];
  address?: { city: string } | null;
}
interface Tree {
  value: number;
  left?: Tree;
  right?: Tree;
}
export interface Shop {
  test: { some: number; other?: { deep: boolean } };
  mode: 'on' | 'off' | null;
  users: Record<string, User>;
  hits: { [page: string]: number };
  seats: Record<number, { taken: boolean }>;
  'a.b': { 'c.d.e': number };
  shape: { kind: 'circle'; radius: number } | { kind: 'square'; side: number };
  pair: [number, { readonly deep: string[] }];
  tree: Tree;
  json: Storable;
  loose: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: what users write
  wild: any;
}

// Every path, in both notations.
interface Small {
  count: number;
  config: { dark?: boolean; 'a.b': 1 };
  users: Record<string, { age: number }>;
  list: { no: string }[];
}
check<
  Equal<
    PathOf<Small>,
    | ''
    | 'count'
    | 'config'
    | 'config.dark'
    | 'config.a\\.b'
    | 'users'
    | `users.${string}`
    | `users.${string}.age`
    | 'list'
    | readonly []
    | readonly ['count']
    | readonly ['config']
    | readonly ['config', 'dark']
    | readonly ['config', 'a.b']
    | readonly ['users']
    | readonly ['users', string]
    | readonly ['users', string, 'age']
    | readonly ['list']
  >
>();
check<
  Equal<PathOf<Small, number>, 'count' | `users.${string}.age` | readonly ['count'] | readonly ['users', string, 'age']>
>();
check<Equal<PathOf<AnyStorage>, PathInput>>();

// What is where.
check<Equal<ValueAt<Shop, 'test.some'>, number>>();
check<Equal<ValueAt<Shop, readonly ['test', 'some']>, number>>();
check<Equal<ValueAt<Shop, 'test.other'>, { readonly deep: boolean }>>();
check<Equal<ValueAt<Shop, 'test.other.deep'>, boolean>>();
check<Equal<ValueAt<Shop, 'mode'>, 'on' | 'off' | null>>();
check<Equal<ValueAt<Shop, 'users.anna'>, Frozen<User>>>();
check<Equal<ValueAt<Shop, 'users.anna.age'>, number>>();
check<Equal<ValueAt<Shop, `users.${string}.tags`>, readonly string[]>>();
check<Equal<ValueAt<Shop, 'users.anna.address.city'>, string>>();
check<Equal<ValueAt<Shop, 'seats.12.taken'>, boolean>>();
check<Equal<ValueAt<Shop, `seats.${number}.taken`>, boolean>>();
check<Equal<ValueAt<Shop, 'a\\.b.c\\.d\\.e'>, number>>();
check<Equal<ValueAt<Shop, readonly ['a.b', 'c.d.e']>, number>>();
check<Equal<ValueAt<Shop, 'shape.radius'>, number>>();
check<Equal<ValueAt<Shop, 'shape.kind'>, 'circle' | 'square'>>();
check<Equal<ValueAt<Shop, 'pair'>, readonly [number, { readonly deep: readonly string[] }]>>();
check<Equal<ValueAt<Shop, 'tree.left.right.left.right.left.right.left.right.left.value'>, number>>();
check<Equal<ValueAt<Shop, 'loose.a.b'>, unknown>>();
check<Equal<ValueAt<Shop, 'wild.a.b'>, AnyStorage>>();
check<Equal<ValueAt<Shop, 'test.some' | 'mode'>, number | 'on' | 'off' | null>>();
check<Equal<ValueAt<Shop, ''>['users'][string]['tags'], readonly string[]>>();
check<Equal<ValueAt<AnyStorage, 'a.b'>, AnyStorage>>();

// What storage refuses can be neither read nor written.
check<
  Equal<Frozen<{ at: bigint; run(): void; ok: true }>, { readonly at: never; readonly run: never; readonly ok: true }>
>();
check<Date extends Frozen<Date> ? false : true>();
check<Map<string, number> extends Frozen<Map<string, number>> ? false : true>();
check<Equal<Frozen<Storable>, Storable>>();

check<Equal<KeyOf<Shop['test']>, 'some' | 'other'>>();
check<Equal<KeyOf<Shop['seats']>, `${number}`>>();
check<Equal<KeyOf<string[]>, never>>();
check<Equal<KeyOf<AnyStorage>, string>>();
check<Equal<WatchedAt<Shop, 'test.some'>, number>>();
check<Equal<WatchedAt<Shop, 'users.anna.tags'>, readonly string[]>>();
check<Equal<WatchedAt<Shop, 'test'>, unknown>>();

export async function reads(storage: SharedStorage<Shop>, name: string, seat: number) {
  const some = await storage.get('test.some');
  check<Equal<typeof some, number | undefined>>();
  const age = storage.peek(`users.${name}.age`);
  check<Equal<typeof age, number | undefined>>();
  const sameAge = storage.peek(['users', name, 'age']);
  check<Equal<typeof sameAge, number | undefined>>();
  const tags = (await storage.get(`users.${name}`))?.tags;
  check<Equal<typeof tags, readonly string[] | undefined>>();
  const taken = await storage.get(`seats.${seat}.taken`);
  check<Equal<typeof taken, boolean | undefined>>();
  const entry = await storage.entry('mode');
  check<Equal<typeof entry, StorageEntry<'on' | 'off' | null> | undefined>>();
  const root = await storage.get([]);
  check<Equal<typeof root, Frozen<Shop> | undefined>>();
  const names = await storage.keys('test');
  check<Equal<typeof names, ('some' | 'other')[]>>();
  const userNames = await storage.keys(['users']);
  check<Equal<typeof userNames, string[]>>();
  const all = await storage.keys();
  check<Equal<typeof all, (keyof Shop)[]>>();
  for await (const change of storage.watch('test.some')) check<Equal<typeof change, StorageChange<number>>>();
  for await (const change of storage.watch('users')) check<Equal<typeof change, StorageChange<unknown>>>();
}

export async function writes(storage: SharedStorage<Shop>, name: string) {
  await storage.set('test.some', 1, { ttl: 10 });
  await storage.set('users.anna', { name: 'Anna', tags: ['x'] });
  await storage.set('users', { anna: { name: 'Anna', tags: ['x'] } });
  await storage.create(['users', name], { name, tags: [] });
  await storage.set('json', { a: [1, { b: null }] });
  await storage.set('pair', [1, { deep: [] }]);
  const user = await storage.get('users.anna');
  if (user) await storage.set('users.bob', user);
  const sum = await storage.update('test.some', some => (some ?? 0) + 1);
  check<Equal<typeof sum, number | undefined>>();
  await storage.update('users.anna', async anna => anna && { ...anna, age: 3 });
  await storage.update('users.anna.tags', tags => [...(tags ?? []), 'y']);
  await storage.increment('test.some', 2);
  await storage.increment(`users.${name}.age`);
  await storage.increment(['hits', 'index.html']);
  await storage.increment('loose.counter');
  await storage.delete('users.anna', { ifVersion: 3 });
}

/** A list of paths may be longer than it is known; those that contain themselves have patterns for what is deep inside. */
export async function listed(storage: SharedStorage<Shop>, path: PathOf<Shop>, numeric: PathOf<Small, number>) {
  await storage.delete(path);
  await (await others()).increment(numeric);
  const paths: readonly PathOf<Shop>[] = ['test', ['test', 'some'], 'tree.left.left.value', ['tree', 'left', 'value']];
  for (const each of paths) await storage.get(each);
}
declare function others(): Promise<SharedStorage<Small>>;

export async function transactions(storage: SharedStorage<Shop>, name: string) {
  const results = await storage.transaction([
    { type: 'set', path: 'test.some', value: 3, ttl: 3 },
    { type: 'delete', path: `users.${name}`, ifVersion: 4 },
    { type: 'increment', path: ['users', name, 'age'], by: 2 },
    { type: 'create', path: 'users.bob', value: { name: 'Bob', tags: ['x'] } },
    { type: 'check', path: 'test', ifVersion: 3 },
  ]);
  check<Equal<typeof results, TransactionResult>>();
  const list: StorageOperation<Shop>[] = [];
  list.push({ type: 'set', path: 'users.bob', value: { name: 'Bob', tags: ['x'] } });
  list.push({ type: 'increment', path: 'test.some' });
  list.push({ type: 'delete', path: ['users', name] });
  await storage.transaction(list);
}

// Nothing is known of the storage of an untyped protocol.
export async function untyped(storage: SharedStorage, path: string, operations: readonly StorageOperation[]) {
  (await storage.get('x.y')).z;
  storage.peek(path).z;
  await storage.set(['x', path], { a: [1] });
  await storage.increment(path);
  await storage.update(path, value => value.next);
  (await storage.keys()) satisfies string[];
  for await (const change of storage.watch('x')) change.value.z;
  await storage.transaction(operations);
  await storage.transaction([{ type: 'set', path, value: 1 }]);
}

// A type that goes on for ever, and types that all lead to each other.
interface Growing<T> {
  value: T;
  next: Growing<T[]>;
}
type Kind = 'a' | 'b' | 'c' | 'd' | 'e' | 'f';
type Graph = { [K in Kind]: Graph & { is: K } };
export async function endless(storage: SharedStorage<{ growing: Growing<number>; graph: Graph }>) {
  (await storage.get('growing.next.next.next.next.next.next.next.next.next.value')) satisfies
    | readonly unknown[]
    | undefined;
  (await storage.get('graph.a.b.c.d.e.f.a.b.c.is')) satisfies 'c' | undefined;
}

// What a protocol has.
interface Counting extends Protocol {
  workerMessage: { counted: { by: number } };
  storage: { count: number; config: { color: string }; users: Record<string, User> };
}
check<Equal<StorageOf<Counting>, Counting['storage']>>();
check<Equal<StorageOf<Protocol>, AnyStorage>>();
check<Equal<StorageOf<AnyProtocol>, AnyStorage>>();

declare class Primary<P extends Protocol = AnyProtocol> {
  readonly storage: SharedStorage<StorageOf<P>>;
}

/** Generic in what else its protocol has. */
export class Counter<P extends Counting = Counting> extends Primary<P> {
  async count() {
    const count = await this.storage.get('count');
    const known: number | undefined = count;
    const color: string | undefined = this.storage.peek(['config', 'color']);
    const age: number | undefined = this.storage.peek('users.anna.age');
    await this.storage.set('count', 1);
    await this.storage.set('config', { color: 'red' });
    await this.storage.set(['users', 'anna'], { name: 'Anna', tags: [] });
    await this.storage.increment('count');
    await this.storage.update('count', value => (value ?? 0) + 1);
    await this.storage.delete('config.color');
    await this.storage.transaction([
      { type: 'set', path: 'count', value: 3 },
      { type: 'increment', path: ['count'] },
    ]);
    for await (const { value } of this.storage.watch('count')) value satisfies number | undefined;
    (await this.storage.keys('config')) satisfies string[];
    return [known, color, age, ...(await this.storage.keys())];
  }
  async wrong() {
    // @ts-expect-error an unknown name
    await this.storage.get('cont');
    // @ts-expect-error an unknown name, in what has any names
    await this.storage.get('users.anna.agee');
    // @ts-expect-error a value of another type
    await this.storage.set('count', 'x');
    // @ts-expect-error no number
    await this.storage.increment('config.color');
    // @ts-expect-error a value of another type
    await this.storage.transaction([{ type: 'set', path: 'count', value: 'x' }]);
  }
}

// Whoever takes any primary or storage takes these, and an untyped storage can be used as a typed one.
// biome-ignore lint/suspicious/noExplicitAny: whatever its protocol is
export const upcast: (primary: Primary<Counting>) => Primary<any> = primary => primary;
export const loosened: (storage: SharedStorage<Shop>) => SharedStorage = storage => storage;
export const tightened: (storage: SharedStorage) => SharedStorage<Shop> = storage => storage;

// Whoever implements it need not know anything of this.
type Implemented = 'get' | 'peek' | 'set' | 'update' | 'increment' | 'delete' | 'keys' | 'transaction';
export class Untyped implements Pick<SharedStorage, Implemented> {
  async get(path: PathInput): Promise<AnyStorage> {
    return path;
  }
  peek(path: PathInput): AnyStorage {
    return path;
  }
  async set(_path: PathInput, _value: unknown): Promise<number> {
    return 1;
  }
  async update(_path: PathInput, change: (value: AnyStorage) => unknown): Promise<AnyStorage> {
    return change(1);
  }
  async increment(_path: PathInput, by = 1): Promise<number> {
    return by;
  }
  async delete(_path: PathInput): Promise<boolean> {
    return true;
  }
  async keys(_path: PathInput = ''): Promise<string[]> {
    return [];
  }
  async transaction(operations: readonly StorageOperation[]): Promise<TransactionResult> {
    return operations.map(() => 1);
  }
}
