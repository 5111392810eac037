import fc from 'fast-check';
import type { StoragePath } from '../../lib/storage/storage-path.js';
import type { Storable, StoredChange } from '../../lib/storage/store.js';

/** The path of a text without backslashes. */
export function pathTo(text: string): StoragePath {
  return { text, segments: text === '' ? [] : text.split('.') };
}

/** A write of a value, or of `undefined` for a deletion. */
export function changeOf(version: number, path: string, value?: Storable, weight = 1): StoredChange {
  const type = value === undefined ? 'delete' : 'set';
  return { ...{ version, type, path: pathTo(path), value, weight }, expiresAt: undefined };
}

/** Something that has expired. */
export function expiryOf(version: number, path: string): StoredChange {
  return { ...changeOf(version, path), type: 'expire' };
}

type Tree = { readonly [key: string]: Storable };

/** What a tree is after something was put at a path, or, with `undefined`, deleted there; parents are made, and stay. */
export function treeWith(
  tree: Storable | undefined,
  [segment, ...below]: readonly string[],
  value: Storable | undefined,
): Storable | undefined {
  if (segment === undefined) return value;
  if (value === undefined && !isTree(tree)) return tree;

  const { [segment]: before, ...others } = isTree(tree) ? tree : {};
  const after = treeWith(before, below, value);
  return after === undefined ? others : { ...others, [segment]: after };
}

/** What is in a tree at a path. */
export function partOfTree(tree: Storable | undefined, segments: readonly string[]): Storable | undefined {
  return segments.reduce<Storable | undefined>((part, segment) => (isTree(part) ? part[segment] : undefined), tree);
}

function isTree(value: Storable | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Small values and paths in which the same few names come again and again. */
export const names = ['a', 'b', 'c'] as const;

export function arbitraryPath(maxLength = 3): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...names), { maxLength }).map(segments => segments.join('.'));
}

export const arbitraryValue: fc.Arbitrary<Storable> = fc.letrec<{ value: Storable; tree: Tree }>(tie => ({
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom<Storable>(1, 'text', null, ['a'], {}), tie('tree')),
  tree: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 3, noNullPrototype: true }),
})).value;

/** Writes as a store would carry them out: one beneath a value is refused, and so is a deletion of nothing. */
export function carriedOut(steps: readonly { readonly path: string; readonly value: Storable | undefined }[]) {
  const done: { readonly change: StoredChange; readonly before: Storable; readonly after: Storable }[] = [];
  let tree: Storable = {};
  for (const { path, value } of steps) {
    const { segments } = pathTo(path);
    if (!canBeWritten(tree, segments, value)) continue;

    const before: Storable = tree;
    tree = treeWith(before, segments, value) ?? {};
    done.push({ change: changeOf(done.length + 1, path, value), before, after: tree });
  }
  return done;
}

function canBeWritten(tree: Storable, segments: readonly string[], value: Storable | undefined): boolean {
  if (value === undefined) return segments.length > 0 && partOfTree(tree, segments) !== undefined;
  if (segments.length === 0) return isTree(value);
  return segments.every((_, index) => {
    const parent = partOfTree(tree, segments.slice(0, index));
    return parent === undefined || isTree(parent);
  });
}
