import type { PathInput } from './storage-path.js';

// Where `T` depends on a type parameter, as in `class Shop<P extends MyProtocol> extends ClusterPrimary<P>`, none of this can
// be computed yet. The compiler then looks at the constraint of the parameter instead, provided that it is asked for a
// property of a conditional type that distributes over `T`: hence each type that users meet is the property `late` of one.

/** Storage of which nothing is known: any path, any value. For scripts, and for people coming from JavaScript. */
// biome-ignore lint/suspicious/noExplicitAny: the default is untyped on purpose, as `AnyProtocol` is.
export type AnyStorage = any;

/**
 * Every path of `T`, in dot notation and as an array; `''` and `[]` are the root. With `V`: only those where any `V` may be.
 *
 * What has an index signature has `users.${string}`. A dot in a name has a backslash before it, or the path is an array.
 * Below four levels, and inside of what contains itself, every path is one; {@link CheckedPath} looks at those as well.
 */
export type PathOf<T, V = never> = (T extends unknown
  ? { late: IsAny<T> extends true ? PathInput : Paths<T, V, '', readonly []> }
  : never)['late'];

/**
 * Any path, in a way that lets editors propose those of `T`; only in dot notation, which halves what there is to compute.
 * An alias of `{}` would not do: only the literal keeps `string` from swallowing the others.
 */
export type PathLike<T, V = never> =
  | (T extends unknown ? { late: IsAny<T> extends true ? never : Paths<T, V, '', never> } : never)['late']
  | (string & {})
  | readonly string[];

/** `unknown`, or an explanation if `Q` is no path of `T`, or one where not any `V` may be; for an intersection with `Q`. */
export type CheckedPath<T, Q, V = never> = (T extends unknown
  ? { late: IsAny<T> extends true ? unknown : Verdict<T, Q, V, Misses<T, Q, V>> }
  : never)['late'];

/** What is at a path of `T`, as it is read and as it is written: frozen, and not `undefined`. */
export type ValueAt<T, Q> = (T extends unknown
  ? { late: IsAny<T> extends true ? AnyStorage : FrozenOr<Found<T, Q>> }
  : never)['late'];

/** What the changes of a path have as value: what is there, unless they can be of something below it. */
export type WatchedAt<T, Q> = (T extends unknown
  ? { late: IsAny<T> extends true ? AnyStorage : Found<T, Q> extends Leaf ? Frozen<Found<T, Q>> : unknown }
  : never)['late'];

/** The names of what is in an object. */
export type KeyOf<V> = IsAny<V> extends true ? string : NameIn<V>;

/** Data that nobody can change; `never` for what storage refuses. */
export type Frozen<V> = V extends Plain | undefined
  ? V
  : V extends Refused
    ? never
    : unknown extends V
      ? V
      : V extends readonly (infer Item)[]
        ? FrozenArray<V, Item>
        : { readonly [K in keyof V]: Frozen<V[K]> };

/** What the compiler says of a path with a name that is not there: which ones are. */
export interface HasOnly<Names> {
  readonly hasOnly: Names;
}

/** What the compiler says of a path where there is a value of another type. */
export interface Holds<Value> {
  readonly holds: Value;
}

/** An array is written out, as a mapped one is computed at once: for ever, if it contains itself. */
type FrozenArray<V extends readonly unknown[], Item> = number extends V['length']
  ? readonly Frozen<Item>[]
  : { readonly [K in keyof V]: Frozen<V[K]> };

/** Unknown, where there is nothing: then the path is the mistake, and not what is written there. */
type FrozenOr<V> = [V] extends [never] ? unknown : Frozen<V>;

type Plain = string | number | boolean | null;

type Refused = bigint | symbol | ((...args: never[]) => unknown);

/** What has no paths into it. */
type Leaf = Plain | undefined | Refused | readonly unknown[];

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The paths of a `T` that is itself at `Dot` and at `Segments`, `never` if arrays are not wanted, inside of `Outer`. */
type Paths<T, V, Dot extends string, Segments extends readonly string[], Outer extends readonly unknown[] = []> =
  | ([V] extends [T] ? Dot | Segments : never)
  | (unknown extends T ? AnyBelow<Dot, Segments> : PathsBelow<Exclude<T, Leaf>, V, Dot, Segments, Outer>);

type PathsBelow<O, V, Dot extends string, Segments extends readonly string[], Outer extends readonly unknown[]> = [
  O,
] extends [never]
  ? never
  : Exact<O> extends Outer[number]
    ? AnyBelow<Dot, Segments>
    : Outer['length'] extends 4
      ? AnyBelow<Dot, Segments>
      : PathsInside<O, V, Dot, Segments, [...Outer, Exact<O>]>;

type PathsInside<
  O,
  V,
  Dot extends string,
  Segments extends readonly string[],
  Outer extends readonly unknown[],
> = O extends unknown
  ? {
      [K in NamesOf<O>]-?: Paths<O[K], V, Dotted<Dot, `${K}`>, readonly [...Segments, `${K}`], Outer>;
    }[NamesOf<O>]
  : never;

type AnyBelow<Dot extends string, Segments extends readonly string[]> =
  | (Dot extends '' ? string : `${Dot}.${string}`)
  | readonly [...Segments, string, ...string[]];

/** Assignable to that of another type only if the types are the same. */
type Exact<T> = (value: T) => T;

type NamesOf<O> = keyof O & (string | number);

type NameIn<V> = unknown extends V ? string : V extends Leaf ? never : `${NamesOf<V>}`;

type Dotted<Dot extends string, Name extends string> = Dot extends '' ? Escaped<Name> : `${Dot}.${Escaped<Name>}`;

type Escaped<Name extends string> = Name extends `${infer Start}.${infer End}` ? `${Start}\\.${Escaped<End>}` : Name;

/** What is in `T` at a path; unknown, for one that `PathOf` has in place of many. */
type Found<T, Q> = Q extends unknown ? FoundOr<Below<T, SegmentsOf<Q>>, T, Q> : never;

type FoundOr<Value, T, Q> = [Value] extends [never]
  ? IsOpen<SegmentsOf<Q>> extends true
    ? Q extends PathOf<T>
      ? unknown
      : never
    : never
  : Exclude<Value, undefined>;

/** Whether a path can end in anything. */
type IsOpen<Segments> = Segments extends readonly [...unknown[], infer Last]
  ? string extends Last
    ? true
    : false
  : Segments extends readonly [string, ...string[]]
    ? true
    : false;

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

type Below<T, Segments> = unknown extends T
  ? T
  : Segments extends readonly []
    ? T
    : Segments extends readonly [infer Name extends string, ...infer Rest]
      ? Below<Child<T, Name>, Rest>
      : never;

type Child<T, Name extends string> = unknown extends T
  ? T
  : T extends Leaf
    ? never
    : Name extends keyof T
      ? T[Name]
      : Name extends `${infer Index extends keyof T & number}`
        ? T[Index]
        : never;

type SegmentsOf<Q> = Q extends '' ? [] : Q extends string ? Split<Q> : Q;

type Split<
  Path extends string,
  Done extends readonly string[] = [],
  Start extends string = '',
> = Path extends `${infer Name}.${infer Rest}`
  ? Name extends `${infer Escape}\\`
    ? Split<Rest, Done, `${Start}${Escape}.`>
    : Split<Rest, [...Done, `${Start}${Name}`]>
  : [...Done, `${Start}${Path}`];

/** Those of the paths that are none, or where not any `V` may be. */
type Misses<T, Q, V> = Q extends unknown
  ? [Found<T, Q>] extends [never]
    ? Q
    : [V] extends [Found<T, Q>]
      ? never
      : Q
  : never;

/** For proposals, editors ask with all of `PathLike`. */
type Verdict<T, Q, V, Missed> = [Missed] extends [never]
  ? unknown
  : Same<Q, PathLike<T, V>> extends true
    ? unknown
    : ExplainedAt<T, SegmentsOf<Missed>>;

type ExplainedAt<T, Segments> = Segments extends readonly [infer Name extends string, ...infer Rest]
  ? [Child<T, Name>] extends [never]
    ? [NameIn<T>] extends [never]
      ? Holds<T>
      : HasOnly<NameIn<T>>
    : ExplainedAt<Exclude<Child<T, Name>, undefined>, Rest>
  : Holds<T>;
