import type { Facts, TransactionStep } from './history.js';
import { type Mischief, type ModelChange, ModelData } from './storage-checker-model.js';

/** What a worker asks a model of a primary. */
export interface ModelRequest {
  readonly op:
    | 'get'
    | 'entry'
    | 'set'
    | 'update'
    | 'delete'
    | 'increment'
    | 'transaction'
    | 'lock'
    | 'unlock'
    | 'watch';
  readonly path: string;
  readonly value?: unknown;
  readonly by?: number | undefined;
  readonly expected?: number | undefined;
  readonly steps?: readonly TransactionStep[] | undefined;
}

/** What is known outside. */
export interface Surroundings {
  /** Whether somebody knew of a version before the request was made. */
  isKnown(version: number): boolean;
  /** Whether there are increments of a path of which nobody knows whether they took place. */
  isDoubtful(path: string): boolean;
  committed(changes: readonly ModelChange[]): void;
}

/** A primary that does what it is asked at once, and for once something wrong. */
export class ModelPrimary {
  readonly data = new ModelData();
  readonly #mischief: Mischief;
  readonly #surroundings: Surroundings;

  constructor(mischief: Mischief, surroundings: Surroundings) {
    this.#mischief = mischief;
    this.#surroundings = surroundings;
  }

  execute(request: ModelRequest): Facts | 'fail' {
    const { op, path } = request;
    switch (op) {
      case 'get':
        return { value: this.#get(path) };
      case 'entry':
        return { value: this.data.read(path), version: this.data.versionOf(path) };
      case 'watch':
        return { path, value: this.data.read(path), version: this.data.versionOf(path), change: 'initial' };
      case 'set':
      case 'update':
        return this.#set(request);
      case 'delete':
        return this.#delete(request);
      case 'increment':
        return this.#increment(request);
      default:
        return this.#transaction(request);
    }
  }

  #get(path: string): unknown {
    const last = this.data.last(path);
    const before = last && this.data.last(path, last.version - 0.5)?.value;
    // Nothing is nobody's: that there was nothing once more is hard to refute.
    const isStale = before !== undefined && last && this.#surroundings.isKnown(last.version);
    if (isStale && this.#mischief.strikes('answers with what was')) return before;
    if (path.startsWith('registers') && this.#mischief.strikes('makes something up')) return 'ghost';

    return this.#half(path) ?? this.data.read(path);
  }

  /** One half of a pair as it is, the other as it was. */
  #half(path: string): unknown {
    const [left, right] = [this.data.last(`${path}.left`), this.data.last(`${path}.right`)];
    const before = right && this.data.last(`${path}.right`, right.version - 0.5);
    if (!left || !before || !this.#mischief.strikes('shows half of a transaction')) return undefined;

    return { left: left.value, right: before.value };
  }

  #set(request: ModelRequest): Facts | 'fail' {
    const { path, expected, value, op } = request;
    const isConflict = expected !== undefined && this.data.versionOf(path) !== expected;
    if (isConflict && !this.#forgivesConflict(request)) return 'fail';
    if (!isConflict && this.#mischief.strikes('acknowledges a write and forgets it'))
      return { version: ++this.data.version };

    const change = this.data.write(path, value, this.#nextVersion(op));
    this.#surroundings.committed([change]);
    return { version: change.version };
  }

  #forgivesConflict({ path, expected = 0, op, value }: ModelRequest): boolean {
    const last = this.data.last(path);
    if (!last || (expected === 0 ? last.value === undefined : last.version <= expected)) return false;
    if (op === 'update') return this.#mischief.strikes('updates what has changed');
    if (this.#mischief.strikes('does what it refused')) this.#surroundings.committed([this.data.write(path, value)]);

    return this.#mischief.strikes(expected === 0 ? 'creates what is there' : 'ignores a version');
  }

  #nextVersion(op: ModelRequest['op']): number {
    const { version } = this.data;
    const { latest } = this.data;
    const isValue = latest?.version === version && latest.value !== undefined && latest.path.startsWith('registers');
    if (isValue && this.#mischief.strikes('gives a version twice')) return version;
    // An update began long before it writes.
    if (
      op === 'set' &&
      version > 1 &&
      this.#surroundings.isKnown(version) &&
      this.#mischief.strikes('gives a lesser version')
    )
      return version - 0.5;

    return version + 1;
  }

  #delete({ path, expected }: ModelRequest): Facts | 'fail' {
    if (expected !== undefined && this.data.versionOf(path) !== expected) return 'fail';
    if (this.data.read(path) === undefined) return { value: false };

    this.#surroundings.committed([this.data.write(path, undefined)]);
    return { value: true };
  }

  #increment({ path, by = 1 }: ModelRequest): Facts {
    const sum = this.#sum(path) + by;
    const isClear = !this.#surroundings.isDoubtful(path);
    if (isClear && this.#mischief.strikes('counts nothing')) return { value: sum };

    this.#surroundings.committed([this.data.write(path, sum)]);
    if (isClear && this.#mischief.strikes('counts twice'))
      this.#surroundings.committed([this.data.write(path, sum + by)]);
    return { value: sum };
  }

  #sum(path: string): number {
    return Number(this.data.read(path) ?? 0);
  }

  #transaction({ steps = [] }: ModelRequest): Facts {
    const batch = this.data.version + 1;
    const isHalf = this.#mischief.strikes('does half of a transaction');
    const changes: ModelChange[] = [];
    const results = steps.map(({ type, path, value, by = 1 }, at) => {
      if (isHalf && at === 1) return ++this.data.version;

      const written = type === 'increment' ? this.#sum(path) + by : value;
      const change = this.data.write(path, written, this.data.version + 1, batch);
      changes.push(change);
      return type === 'increment' ? Number(written) : change.version;
    });
    this.#surroundings.committed(changes);
    return { results };
  }
}
