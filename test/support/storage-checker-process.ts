import type { Facts, HistoryEvent, OperationName } from './history.js';
import type { Seeded } from './seeded.js';
import { isInside } from './storage-checker-coverage.js';
import type { Mischief, ModelChange, ModelData } from './storage-checker-model.js';
import type { ModelRequest } from './storage-checker-primary.js';
import type { WorkStep } from './storage-workload.js';

/** What a strand of a worker waits for. */
export type Wait = ModelRequest | { readonly delay: number };

/** What it gets. */
export type Reply = Facts | 'fail' | undefined;

/** One of the things that a worker does at the same time. */
export interface Strand {
  readonly process: ModelProcess;
  readonly program: Generator<Wait, void, Reply>;
  /** What it asks for. */
  open: ModelRequest | undefined;
  /** The lock that it has, from the moment it knows until it begins to release it. */
  holds: { readonly path: string; readonly token: number | undefined } | undefined;
}

/** What a process lives in. */
export interface ModelWorld {
  data(): ModelData;
  note(event: Omit<HistoryEvent, 'time'>): void;
  readonly mischief: Mischief;
  readonly random: Seeded;
}

interface ModelWatch {
  readonly index: number;
  readonly path: string;
  count: number;
  held: ModelChange | undefined;
}

/** A worker on paper, which notes what it does and what comes of it. */
export class ModelProcess {
  readonly name: string;
  readonly strands: Strand[] = [];
  isAlive = true;
  /** Dead, but what it asked for is done all the same. */
  isZombie = false;
  lastArrival = 0;
  lastDelivery = 0;
  /** The version of the replica. */
  seen = 0;
  readonly #world: ModelWorld;
  readonly #open = new Map<number, OperationName>();
  readonly #watches: ModelWatch[] = [];
  /** The greatest version that it has been told of. */
  #told = 0;
  #next = 0;

  constructor(name: string, world: ModelWorld) {
    this.name = name;
    this.#world = world;
  }

  strand(plan: readonly WorkStep[]): Strand {
    const strand: Strand = {
      process: this,
      program: this.#live(plan, () => strand),
      open: undefined,
      holds: undefined,
    };
    this.strands.push(strand);
    return strand;
  }

  /** Changes arrive, in order. */
  learn(changes: readonly ModelChange[], isReliable: boolean): void {
    this.seen = Math.max(this.seen, ...changes.map(({ version }) => version));
    for (const watch of this.#watches)
      for (const change of changes) if (isInside(change.path, watch.path)) this.#watch(watch, change, isReliable);
  }

  /** The primary is gone: nobody knows what became of what was asked, and locks are lost. */
  lose(): void {
    for (const [index, op] of this.#open) this.#note(index, 'unknown', { op });
    for (const strand of this.strands) {
      if (strand.holds === undefined) continue;

      const index = this.#invoke('unlock', strand.holds);
      this.#note(index, 'fail', { op: 'unlock' });
    }
  }

  #watch(watch: ModelWatch, change: ModelChange, isReliable: boolean): void {
    const { mischief } = this.#world;
    const { held } = watch;
    watch.count++;
    if (held) {
      watch.held = undefined;
      mischief.hasEffect = true;
      this.#see(watch, change);
      if (mischief.bug === 'turns changes round') this.#see(watch, held);
      return;
    }
    if (
      !isReliable &&
      watch.count > 1 &&
      (mischief.strikes('leaves a change out') || mischief.strikes('turns changes round'))
    ) {
      watch.held = change;
      mischief.hasEffect = false;
      return;
    }
    this.#see(watch, change);
    if (!isReliable && mischief.strikes('tells of a change twice')) this.#see(watch, change);
  }

  #see({ index }: ModelWatch, { version, path, value }: ModelChange): void {
    this.#note(index, 'ok', { op: 'watch', path, version, value, change: value === undefined ? 'delete' : 'set' });
  }

  #invoke(op: OperationName, facts: Facts): number {
    const index = this.#next++;
    if (op !== 'watch') this.#open.set(index, op);
    this.#world.note({ process: this.name, index, type: 'invoke', op, ...facts });
    return index;
  }

  #note(index: number, type: HistoryEvent['type'], facts: Facts & { readonly op: OperationName }): void {
    this.#open.delete(index);
    if (type === 'ok') this.#told = Math.max(this.#told, facts.version ?? 0);
    this.#world.note({ process: this.name, index, type, ...facts });
  }

  *#live(plan: readonly WorkStep[], strand: () => Strand): Generator<Wait, void, Reply> {
    for (const step of plan) {
      yield { delay: this.#world.random.size(100, 1_000_000) };
      yield* this.#do(step, strand());
    }
  }

  *#do(step: WorkStep, strand: Strand): Generator<Wait, void, Reply> {
    switch (step.act) {
      case 'peek':
        return this.#peek(step.path);
      case 'watch':
        return yield* this.#beginWatch(step.path);
      case 'lock':
        return yield* this.#lock(step, strand);
      case 'update':
        return yield* this.#update(step.path, step.value);
      case 'replace':
      case 'remove':
        return yield* this.#conditional(step);
      case 'transaction':
        yield* this.#ask({ op: 'transaction', path: '', steps: step.steps });
        return;
      case 'create':
        yield* this.#ask({ op: 'set', path: step.path, value: step.value, expected: 0 }, 'create');
        return;
      default:
        yield* this.#ask({ op: step.act, ...step });
    }
  }

  /** Asks, and notes it as one operation. */
  *#ask(request: ModelRequest, op: OperationName = request.op): Generator<Wait, Reply, Reply> {
    const { path, value, by, expected, steps } = request;
    const index = this.#invoke(op, { path, value, by, steps, expected: op === 'create' ? undefined : expected });
    const reply = yield request;
    if (typeof reply === 'object') this.#note(index, 'ok', { op, ...reply });
    else this.#note(index, 'fail', { op });
    return reply;
  }

  #peek(path: string): void {
    const data = this.#world.data();
    const last = data.last(path, this.seen);
    const before = last && data.last(path, last.version - 0.5)?.value;
    const isOwn = path.startsWith('registers') && before !== undefined && last && last.version <= this.#told;
    const back = isOwn && this.#world.mischief.strikes('keeps a replica back') ? last.version - 0.5 : this.seen;
    const index = this.#invoke('peek', { path });
    this.#note(index, 'ok', { op: 'peek', value: data.read(path, back) });
  }

  *#beginWatch(path: string): Generator<Wait, void, Reply> {
    const index = this.#invoke('watch', { path });
    const reply = yield { op: 'watch', path };
    if (typeof reply !== 'object') return;

    this.#note(index, 'ok', { op: 'watch', ...reply });
    this.#watches.push({ index, path, count: 0, held: undefined });
  }

  *#lock({ path, inside }: Extract<WorkStep, { act: 'lock' }>, strand: Strand): Generator<Wait, void, Reply> {
    const reply = yield* this.#ask({ op: 'lock', path });
    const token = typeof reply === 'object' ? reply.token : undefined;
    strand.holds = { path, token };
    for (const step of inside) yield* this.#do(step, strand);
    strand.holds = undefined;
    const index = this.#invoke('unlock', { path, token });
    yield { op: 'unlock', path };
    this.#note(index, 'ok', { op: 'unlock' });
  }

  *#update(path: string, value: string): Generator<Wait, void, Reply> {
    const index = this.#invoke('update', { path, value });
    for (let attempt = 0; attempt < 4; attempt++) {
      const entry = yield { op: 'entry', path };
      if (typeof entry !== 'object') return;

      const reply = yield { op: 'update', path, value, expected: entry.version };
      if (typeof reply !== 'object') continue;

      this.#note(index, 'ok', { op: 'update', value, previous: entry.value });
      return;
    }
    this.#note(index, 'fail', { op: 'update' });
  }

  *#conditional(step: Extract<WorkStep, { act: 'replace' | 'remove' }>): Generator<Wait, void, Reply> {
    const { path } = step;
    const entry = yield* this.#ask({ op: 'entry', path });
    if (typeof entry !== 'object' || !entry.version) return;

    const { version: expected } = entry;
    yield* this.#ask(
      step.act === 'replace' ? { op: 'set', path, value: step.value, expected } : { op: 'delete', path, expected },
    );
  }
}
