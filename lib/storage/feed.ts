import type { StoreLine } from '../channel/store-line.js';
import type { Access, AccessRules } from './access.js';
import { type ChangeCode, encodeChanges } from './change-code.js';
import type { ChangeLog } from './change-log.js';
import { type SnapshotPart, snapshotParts } from './snapshot-parts.js';
import type { StoredChange, StoreSnapshot } from './store.js';

/** What a replica is told besides answers. */
export type FeedBody =
  | ChangeCode
  /** A piece of what a replica begins with; the first one begins it anew. */
  | { readonly parts: readonly SnapshotPart[]; readonly first?: ReplicaRules }
  /** So much has changed that the replica has to begin anew. */
  | { readonly behind: true }
  /** A lock was taken away. */
  | { readonly lost: number };

/** What whoever keeps a replica may not read, if there is something. */
export interface ReplicaRules {
  readonly group: string;
  readonly rules?: AccessRules | undefined;
}

/** What a {@link Feed} is made with. */
export interface FeedParts {
  readonly log: ChangeLog;
  readonly line: Pick<StoreLine, 'post' | 'crowded' | 'uncrowded'>;
  readonly access: Access;
  /** Encodes what everybody may see; several feeds send the same. @default encodeChanges */
  readonly encode?: ((changes: readonly StoredChange[]) => ChangeCode) | undefined;
}

/** So much goes at once: whoever reads a burst of changes gets to breathe in between. */
const fairShare = Object.freeze({ changes: 1_000, weight: 64 * 1024 });

/**
 * Keeps one replica up to date: what it begins with, then every change, in order, in batches.
 *
 * A process that does not read gets no more than its channel holds; how far it is, is all that is kept for it. If more
 * changes meanwhile than the log remembers, it begins anew. What it wrote itself it learns from the answer, which takes the
 * place of the change.
 */
export class Feed {
  readonly #parts: FeedParts;
  /** The last version that the replica was told of; `undefined` as long as it is none. */
  #position: number | undefined;
  /** Changes of its own, each with the version before and after, whose answers are on their way. */
  readonly #own: { readonly before: number; readonly after: number }[] = [];
  /** The version of the snapshot that is on its way. */
  #beginsAfter = Number.POSITIVE_INFINITY;
  #waits = false;
  #closed = false;
  /** Why a piece of what the replica begins with could not be sent. */
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** The version after which it has to be told of every change; Infinity if there is none. */
  get needsAfter(): number {
    return this.#position ?? this.#beginsAfter;
  }

  /** Whether the replica is being kept up to date. */
  get isOn(): boolean {
    return this.#position !== undefined;
  }

  /**
   * Sends what the replica begins with, and what has changed meanwhile, then calls `done`; everything in between is told.
   *
   * @returns whether the log has remembered all of that; else it has to be begun with a newer snapshot.
   * @throws what {@link failed} is told meanwhile
   */
  async begin({ value, version }: StoreSnapshot, done: () => void): Promise<boolean> {
    const { line, access } = this.#parts;
    this.#position = undefined;
    this.#own.length = 0;
    this.#failure = undefined;
    this.#beginsAfter = version;
    const { group, rules, restrictsReading } = access;
    line.post(0, { parts: [], first: restrictsReading ? { group, rules } : { group } } satisfies FeedBody);
    for (const parts of snapshotParts(access.whole(value))) {
      if (line.crowded) await line.uncrowded();
      if (this.#closed) return true;

      line.post(0, { parts } satisfies FeedBody);
    }
    return this.#start(version, done);
  }

  /** Sends what has changed, as long as the channel takes it. */
  flush(): void {
    if (this.#position === undefined || this.#own.length > 0 || this.#waits) return;

    while (this.#position !== undefined && this.#position < this.#parts.log.newest) {
      if (this.#parts.line.crowded) {
        this.#waitForRoom();
        return;
      }
      this.#sendUpTo(this.#parts.log.newest);
    }
  }

  /**
   * Sends what has changed, whatever waits, before an answer that may know of it.
   *
   * That may be a change of the process's own whose answer comes later: by its version the process knows that it has it.
   */
  catchUp(): void {
    this.#own.length = 0;
    this.#catchUpTo(this.#parts.log.newest);
  }

  /** The newest changes are the process's own: for them it gets the answer. */
  own(changes: readonly StoredChange[]): void {
    const before = (changes[0]?.version ?? 1) - 1;
    const after = changes.at(-1)?.version;
    if (this.#position === undefined || after === undefined) return;

    if (this.#own.length === 0) this.#catchUpTo(before);
    if (this.isOn) this.#own.push({ before, after });
  }

  /** Whether the answer to a write, the last change of which has this version, takes the place of the changes now. */
  awaits(version: number): boolean {
    return this.#own[0]?.after === version;
  }

  /** The answer that it {@link awaits} has been sent. */
  answered(): void {
    const own = this.#own.shift();
    if (!own) return;

    this.#position = own.after;
    const [next] = this.#own;
    if (next) this.#catchUpTo(next.before);
    else this.flush();
  }

  /** Something could not be sent: without it, the replica would be wrong from now on. */
  failed(error: unknown): void {
    if (this.isOn) this.#fallBehind();
    else this.#failure = { error };
  }

  /** A lock of the process was taken away. */
  lost(id: number): void {
    this.#parts.line.post(0, { lost: id } satisfies FeedBody);
  }

  close(): void {
    this.#closed = true;
    this.#beginsAfter = Number.POSITIVE_INFINITY;
    this.#position = undefined;
  }

  #start(version: number, done: () => void): boolean {
    this.#beginsAfter = Number.POSITIVE_INFINITY;
    if (this.#closed) return true;
    if (this.#failure) throw this.#failure.error;
    if (this.#parts.log.oldest > version) return false;

    this.#position = version;
    this.catchUp();
    done();
    return true;
  }

  #catchUpTo(version: number): void {
    while (this.#position !== undefined && this.#position < version) this.#sendUpTo(version);
  }

  #sendUpTo(version: number): void {
    const { log, line, access, encode = encodeChanges } = this.#parts;
    const next = log.next(this.#position as number, fairShare);
    if (next === undefined) {
      this.#fallBehind();
      return;
    }
    const changes = (next.at(-1)?.version ?? 0) <= version ? next : next.filter(change => change.version <= version);
    // Numbers that no change has were those of locks.
    this.#position = changes.at(-1)?.version ?? version;
    const seen = access.restrictsReading ? changes.flatMap(change => access.narrow(change) ?? []) : changes;
    if (seen.length === 0) return;

    line.post(0, access.restrictsReading ? encodeChanges(seen) : encode(changes));
  }

  #fallBehind(): void {
    this.#position = undefined;
    this.#own.length = 0;
    this.#parts.line.post(0, { behind: true } satisfies FeedBody);
  }

  #waitForRoom(): void {
    this.#waits = true;
    void this.#parts.line.uncrowded().then(() => {
      this.#waits = false;
      this.flush();
    });
  }
}
