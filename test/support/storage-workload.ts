import type { TransactionStep } from './history.js';
import type { Seeded } from './seeded.js';

/** What a worker does next. Every value is written once only. */
export type WorkStep =
  | { readonly act: 'get' | 'entry' | 'peek' | 'delete'; readonly path: string }
  | { readonly act: 'set' | 'create' | 'update'; readonly path: string; readonly value: string }
  /** Reads the entry, then writes under the condition that its version is still the same. */
  | { readonly act: 'replace'; readonly path: string; readonly value: string }
  | { readonly act: 'remove'; readonly path: string }
  | { readonly act: 'increment'; readonly path: string; readonly by: number }
  | { readonly act: 'transaction'; readonly steps: readonly TransactionStep[] }
  /** Does something while it holds a lock. */
  | { readonly act: 'lock'; readonly path: string; readonly inside: readonly WorkStep[] }
  /** Begins to watch, for as long as the worker lives. */
  | { readonly act: 'watch'; readonly path: string };

/** How much there is to do, and on how many paths of each kind. */
export interface WorkloadOptions {
  /** Of its own for every life of a worker: the beginning of every value that it writes. */
  readonly process: string;
  readonly steps: number;
  /** Written by everybody in every way. @default 4 */
  readonly registers?: number;
  /** Only incremented. @default 2 */
  readonly counters?: number;
  /** Both halves are only written together. @default 2 */
  readonly pairs?: number;
  /** @default 2 */
  readonly locks?: number;
}

/** Written once, before anybody watches and before workloads begin: the version of nothing, 0, says not when that was. */
export const firstPath = 'registers.first';
/** Written once, when all workloads are done, so that every watch has a last change to see. */
export const lastPath = 'registers.last';

/** How many watches a worker begins, in all its life: each sees everything. */
const mostWatches = 3;

/** Each as often as it is done. */
const kinds = [
  ...(['read', 'read', 'read', 'read', 'read', 'read', 'read'] as const),
  ...(['write', 'write', 'write', 'write', 'write', 'write'] as const),
  ...(['count', 'count', 'count', 'transaction', 'transaction', 'lock', 'watch'] as const),
] as const;
type Kind = (typeof kinds)[number];

const writes = ['set', 'set', 'create', 'create', 'update', 'update', 'replace', 'delete', 'remove'] as const;

/** A plan of what a worker does, one thing after the other. */
export function planWork(random: Seeded, options: WorkloadOptions): WorkStep[] {
  const planner = new Planner(random, options);
  return Array.from({ length: options.steps }, () => planner.next());
}

class Planner {
  readonly #random: Seeded;
  readonly #options: Required<WorkloadOptions>;
  #values = 0;
  #watches = 0;

  constructor(random: Seeded, options: WorkloadOptions) {
    this.#random = random;
    this.#options = { registers: 4, counters: 2, pairs: 2, locks: 2, ...options };
  }

  next(): WorkStep {
    return this.#plan(this.#random.pick(kinds));
  }

  #plan(kind: Kind): WorkStep {
    switch (kind) {
      case 'read':
        return this.#read();
      case 'write':
        return this.#write();
      case 'count':
        return { act: 'increment', path: this.#counter(), by: this.#random.integer(1, 3) };
      case 'transaction':
        return { act: 'transaction', steps: this.#transaction() };
      case 'lock':
        return { act: 'lock', path: `lock${this.#random.integer(1, this.#options.locks)}`, inside: this.#inside() };
      case 'watch':
        if (++this.#watches > mostWatches) return this.#read();
        return { act: 'watch', path: this.#random.pick(['', 'registers', 'counters', 'pairs', this.#register()]) };
    }
  }

  #read(): WorkStep {
    const act = this.#random.pick(['get', 'get', 'peek'] as const);
    switch (this.#random.integer(0, 3)) {
      case 0:
        return { act, path: this.#counter() };
      case 1:
        return { act, path: this.#random.pick([this.#pair(), this.#pair(), 'pairs'] as const) };
      default:
        return { act: this.#random.pick([act, act, 'entry'] as const), path: this.#register() };
    }
  }

  #write(): WorkStep {
    const path = this.#register();
    const act = this.#random.pick(writes);
    return act === 'delete' || act === 'remove' ? { act, path } : { act, path, value: this.#value() };
  }

  /** Both halves of a pair; sometimes also a counter. */
  #transaction(): TransactionStep[] {
    const pair = this.#pair();
    const halves = ['left', 'right'].map(
      half => ({ type: 'set', path: `${pair}.${half}`, value: this.#value() }) as const,
    );
    if (this.#random.chance(0.7)) return halves;

    return [...halves, { type: 'increment', path: this.#counter(), by: this.#random.integer(1, 3) }];
  }

  #inside(): WorkStep[] {
    return Array.from({ length: this.#random.integer(1, 3) }, () =>
      this.#plan(this.#random.pick(['read', 'write', 'count'] as const)),
    );
  }

  #register(): string {
    return `registers.r${this.#random.integer(1, this.#options.registers)}`;
  }

  #counter(): string {
    return `counters.c${this.#random.integer(1, this.#options.counters)}`;
  }

  #pair(): string {
    return `pairs.p${this.#random.integer(1, this.#options.pairs)}`;
  }

  #value(): string {
    return `${this.#options.process}.${this.#values++}`;
  }
}
