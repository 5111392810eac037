import { isInside } from './storage-checker-coverage.js';
import type { FinalState } from './storage-checker-operations.js';

/** What a store may do wrong, for once. */
export type Bug =
  | 'acknowledges a write and forgets it'
  | 'creates what is there'
  | 'ignores a version'
  | 'updates what has changed'
  | 'counts nothing'
  | 'counts twice'
  | 'answers with what was'
  | 'keeps a replica back'
  | 'makes something up'
  | 'does what it refused'
  | 'gives a version twice'
  | 'gives a lesser version'
  | 'gives a lock to two'
  | 'gives a token twice'
  | 'leaves a change out'
  | 'tells of a change twice'
  | 'turns changes round'
  | 'shows half of a transaction'
  | 'does half of a transaction';

/** Decides when the bug strikes, and counts when it could have. */
export class Mischief {
  readonly chances = new Map<Bug, number>();
  readonly bug: Bug | undefined;
  readonly #at: number;
  /** Whether it has struck, and whether that had any effect that somebody could notice. */
  hasStruck = false;
  hasEffect = false;

  constructor(bug?: Bug, at = 0) {
    this.bug = bug;
    this.#at = at;
  }

  strikes(bug: Bug): boolean {
    const chance = this.chances.get(bug) ?? 0;
    this.chances.set(bug, chance + 1);
    const isNow = bug === this.bug && chance === this.#at;
    this.hasStruck ||= isNow;
    this.hasEffect ||= isNow;
    return isNow;
  }
}

/** One write of a model. */
export interface ModelChange {
  readonly version: number;
  readonly path: string;
  /** `undefined`: deleted. */
  readonly value: unknown;
  /** Of all changes that took place at once, the version of the first. */
  readonly batch: number;
}

/** What is stored, now and ever before: values at paths below which nothing is. */
export class ModelData {
  readonly #histories = new Map<string, ModelChange[]>();
  version = 0;
  latest: ModelChange | undefined;

  write(path: string, value: unknown, version = this.version + 1, batch = version): ModelChange {
    const change = { version, path, value, batch };
    const history = this.#histories.get(path);
    if (history) history.push(change);
    else this.#histories.set(path, [change]);
    this.version = Math.max(this.version, version);
    this.latest = change;
    return change;
  }

  /** The last change at a path, up to a version. */
  last(path: string, version = Number.POSITIVE_INFINITY): ModelChange | undefined {
    return this.#histories.get(path)?.findLast(change => change.version <= version);
  }

  /** What is at a path, as an object of what is below it. */
  read(path: string, version = Number.POSITIVE_INFINITY): unknown {
    if (this.#histories.has(path)) return this.last(path, version)?.value;

    let found: Record<string, unknown> | undefined;
    for (const leaf of this.#histories.keys()) {
      const value = isInside(leaf, path) ? this.last(leaf, version)?.value : undefined;
      if (value === undefined) continue;
      found ??= {};
      const segments = leaf.slice(path ? path.length + 1 : 0).split('.');
      let parent = found;
      for (const segment of segments.slice(0, -1)) {
        parent[segment] ??= {};
        parent = parent[segment] as Record<string, unknown>;
      }
      parent[segments.at(-1) ?? ''] = value;
    }
    return found;
  }

  /** The version of what is at a path; 0 for nothing. */
  versionOf(path: string): number {
    if (this.read(path) === undefined) return 0;

    const inside = [...this.#histories.keys()].filter(leaf => isInside(leaf, path));
    return Math.max(...inside.map(leaf => this.last(leaf)?.version ?? 0));
  }

  final(): FinalState {
    const entries = [...this.#histories.keys()].map(path => [path, this.last(path)] as const);
    const present = entries.flatMap(([path, last]) => (last?.value === undefined ? [] : [[path, last] as const]));
    return new Map(present);
  }
}

interface ModelLock<Owner> {
  /** The last that was given. */
  token: number;
  owner: Owner | undefined;
  waiting: (readonly [Owner, (token: number) => void])[];
}

/** Locks, each with those who wait for it. */
export class ModelLocks<Owner> {
  readonly #locks = new Map<string, ModelLock<Owner>>();
  readonly #mischief: Mischief;
  #token = 0;

  constructor(mischief: Mischief) {
    this.#mischief = mischief;
  }

  ask(name: string, owner: Owner, grant: (token: number) => void): void {
    const lock = this.#lock(name);
    lock.waiting.push([owner, grant]);
    if (lock.owner === undefined) this.#next(lock);
  }

  ownerOf(name: string): Owner | undefined {
    return this.#lock(name).owner;
  }

  release(name: string, owner: Owner): void {
    const lock = this.#lock(name);
    if (lock.owner === owner) this.#next(lock);
  }

  /** Some are gone, with all that they hold and wait for. */
  forget(isGone: (owner: Owner) => boolean): void {
    for (const lock of this.#locks.values()) {
      lock.waiting = lock.waiting.filter(([owner]) => !isGone(owner));
      if (lock.owner !== undefined && isGone(lock.owner)) this.#next(lock);
    }
  }

  /** A token for somebody who is not entitled to it. */
  steal(): number {
    return ++this.#token;
  }

  #lock(name: string): ModelLock<Owner> {
    const lock = this.#locks.get(name) ?? { token: 0, owner: undefined, waiting: [] };
    this.#locks.set(name, lock);
    return lock;
  }

  #next(lock: ModelLock<Owner>): void {
    const [owner, grant] = lock.waiting.shift() ?? [];
    lock.owner = owner;
    if (owner === undefined || !grant) return;

    if (lock.token === 0 || !this.#mischief.strikes('gives a token twice')) lock.token = ++this.#token;
    grant(lock.token);
  }
}
