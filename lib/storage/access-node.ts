import { isSubtree } from './narrow.js';
import { parsePath } from './storage-path.js';
import type { Storable } from './store.js';

/** What somebody may do with what is stored; to write includes to read. */
export type AccessLevel = 'none' | 'read' | 'write';

/** What may be done at a path, and below. */
export interface AccessNode {
  /** What may be done with what is there, but for what is below that has rules of its own. */
  readonly level: AccessLevel;
  /** Those on the way to a rule. */
  readonly children: ReadonlyMap<string, AccessNode>;
  /** How much of what is there, and below, may be read. */
  readonly sees: 'all' | 'some' | 'none';
  /** Whether all of it may be written. */
  readonly mayWrite: boolean;
}

/** Rules on the way to being an {@link AccessNode}. */
interface Draft {
  level: AccessLevel | undefined;
  readonly children: Map<string, Draft>;
}

/** Where no rule leads to, there is what holds above. */
const plain: { readonly [Level in AccessLevel]: AccessNode } = {
  none: nodeOf('none', new Map()),
  read: nodeOf('read', new Map()),
  write: nodeOf('write', new Map()),
};

/** The node of the root. @throws {@link StoragePathError} with code `CLUSTER_STORAGE_PATH` */
export function accessTree(rules: { readonly [path: string]: AccessLevel }): AccessNode {
  const root: Draft = { level: undefined, children: new Map() };
  for (const [path, level] of Object.entries(rules)) draftAt(root, parsePath(path).segments).level = level;
  return finish(root, 'write');
}

/** What may be done at the segments, from a node on. */
export function nodeAt(from: AccessNode, segments: readonly string[]): AccessNode {
  let node = from;
  for (const segment of segments) {
    const child = node.children.get(segment);
    if (child === undefined) return plain[node.level];

    node = child;
  }
  return node;
}

/** What of a value there may be read: frozen, and the value itself if that is all of it. */
export function seenOf(value: Storable, node: AccessNode): Storable | undefined {
  if (node.sees === 'all') return value;
  if (node.sees === 'none') return undefined;

  const isHidden = node.level === 'none';
  if (!isSubtree(value)) return isHidden ? undefined : value;
  return isHidden ? exceptions(value, node) : withoutHidden(value, node);
}

/** Only what has rules of its own may be read. */
function exceptions(value: { readonly [key: string]: Storable }, node: AccessNode): Storable | undefined {
  const parts = partsWithRules(value, node).filter(([, part]) => part !== undefined);
  return parts.length === 0 ? undefined : Object.freeze(Object.fromEntries(parts) as { [key: string]: Storable });
}

/** Everything may be read but for some of what has rules of its own. */
function withoutHidden(value: { readonly [key: string]: Storable }, node: AccessNode): Storable {
  const changed = new Map(partsWithRules(value, node).filter(([name, part]) => part !== value[name]));
  if (changed.size === 0) return value;

  const seen: Record<string, Storable> = {};
  for (const name of Object.keys(value)) {
    const part = changed.has(name) ? changed.get(name) : value[name];
    if (part !== undefined) seen[name] = part;
  }
  return Object.freeze(seen);
}

function partsWithRules(
  value: { readonly [key: string]: Storable },
  { children }: AccessNode,
): (readonly [name: string, part: Storable | undefined])[] {
  const parts: (readonly [string, Storable | undefined])[] = [];
  for (const [name, child] of children) {
    if (Object.hasOwn(value, name)) parts.push([name, seenOf(value[name] as Storable, child)]);
  }
  return parts;
}

function draftAt(root: Draft, segments: readonly string[]): Draft {
  let draft = root;
  for (const segment of segments) {
    const child = draft.children.get(segment) ?? { level: undefined, children: new Map() };
    draft.children.set(segment, child);
    draft = child;
  }
  return draft;
}

function finish({ level, children }: Draft, above: AccessLevel): AccessNode {
  const own = level ?? above;
  return nodeOf(own, new Map(Array.from(children, ([name, child]) => [name, finish(child, own)])));
}

function nodeOf(level: AccessLevel, children: ReadonlyMap<string, AccessNode>): AccessNode {
  const below = [...children.values()];
  const here = level === 'none' ? 'none' : 'all';
  return {
    ...{ level, children },
    sees: below.every(({ sees }) => sees === here) ? here : 'some',
    mayWrite: level === 'write' && below.every(({ mayWrite }) => mayWrite),
  };
}
