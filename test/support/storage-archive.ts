import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ClusterPrimary, type SharedStorage, type Store, type WorkerHandle } from '../../lib/index.js';
import type { Histories } from '../fixtures/historian.js';
import { fixture } from './fixture.js';
import { type HistoryEvent, type HistoryRecorder, readHistory } from './history.js';
import type { Seeded } from './seeded.js';
import type { FinalState } from './storage-checker.js';
import { planWork, type WorkStep } from './storage-workload.js';

/** A primary whose workers write down what they do with its storage. */
export class Archive extends ClusterPrimary<Histories> {}

export interface ArchiveOptions {
  /** Where the histories are. */
  readonly folder: string;
  readonly store: Store | undefined;
  readonly workerCount: number;
  /** Tells the lives of primaries that write into the same folder apart. @default '' */
  readonly life?: string;
}

/** One whose workers are ready; those that die are replaced at once, however often. */
export function openArchive({ folder, store, workerCount, life = '' }: ArchiveOptions): Promise<Archive> {
  return new Archive({
    workerScript: fixture('historian'),
    workerCount,
    workerEnv: { HISTORY: folder, HISTORY_LIFE: life },
    watchdog: false,
    restart: { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } },
    storage: { store },
  }).ready;
}

/** What all processes have written down in a folder. */
export function historyIn(folder: string): HistoryEvent[] {
  return readHistory(readdirSync(folder).map(name => path.join(folder, name)));
}

/** What is in the storage. */
export async function finalStateOf(storage: SharedStorage): Promise<FinalState> {
  const final = new Map<string, { value: unknown; version: number }>();
  for (const leaf of leavesOf(await storage.get(''), '')) {
    const entry = await storage.entry(leaf);
    if (entry) final.set(leaf, { value: entry.value, version: entry.version });
  }
  return final;
}

function leavesOf(value: unknown, prefix: string): string[] {
  if (typeof value !== 'object' || value === null) return [prefix];

  return Object.entries(value).flatMap(([key, below]) => leavesOf(below, prefix === '' ? key : `${prefix}.${key}`));
}

/** Has workers do something; a worker that dies over it is no failure. @returns whether it was done */
async function tolerate(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'CLUSTER_WORKER_EXITED') return false;
    throw error;
  }
}

/** Gives out work, so many pieces at a time, to whoever is there. @returns how many pieces were done, and how many not */
export async function dealOut(
  archive: Archive,
  work: Iterator<readonly WorkStep[]>,
  atOnce: number,
): Promise<{ readonly done: number; readonly lost: number }> {
  const result = { done: 0, lost: 0 };
  const deal = async () => {
    for (let piece = work.next(); !piece.done; piece = work.next()) {
      const message = { type: 'work', steps: piece.value } as const;
      if (await tolerate(archive.request({ message, timeout: 60_000 }))) result.done++;
      else result.lost++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, deal));
  return result;
}

export interface MixedWorkOptions {
  readonly random: Seeded;
  /** Whether it is enough, after so many steps of all workers together. */
  readonly isEnough: (steps: number) => boolean;
  /** That of the {@link ArchiveOptions}. @default '' */
  readonly life?: string;
}

/** Steps that a worker is given at a time. */
const stepsAtOnce = 50;

/** Lets every worker do everything that a storage can do, two things at a time, as long as it lives. */
export class MixedWork {
  readonly #archive: Archive;
  readonly #random: Seeded;
  readonly #isEnough: MixedWorkOptions['isEnough'];
  readonly #life: string;
  readonly #strands: Promise<void>[] = [];
  #steps = 0;
  #isStopped = false;

  constructor(archive: Archive, { random, isEnough, life = '' }: MixedWorkOptions) {
    this.#archive = archive;
    this.#random = random;
    this.#isEnough = isEnough;
    this.#life = life;
  }

  /** Resolves when it is enough, and nobody does anything any more. */
  async run(): Promise<void> {
    const subscription = this.#archive.after('workerReady', ({ data: { worker } }) => this.#employ(worker));
    for (const worker of this.#archive.workers) this.#employ(worker);
    try {
      // More may come while one waits.
      for (let strand = this.#strands.shift(); strand || !this.#isOver; strand = this.#strands.shift())
        await (strand ?? this.#archive.once('workerReady'));
    } finally {
      this.#isStopped = true;
      subscription.unsubscribe();
      await Promise.allSettled(this.#strands);
    }
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#isEnough(this.#steps);
  }

  #employ(worker: WorkerHandle<Histories>): void {
    for (const strand of ['a', 'b']) {
      const working = this.#strand(worker, `${this.#life}w${worker.id}${strand}`);
      working.catch(() => {});
      this.#strands.push(working);
    }
  }

  async #strand(worker: WorkerHandle<Histories>, name: string): Promise<void> {
    for (let piece = 0; !this.#isOver; piece++) {
      this.#steps += stepsAtOnce;
      const plan = planWork(this.#random, { process: `${name}.${piece}`, steps: stepsAtOnce });
      // Few watches in a life: each sees everything.
      const steps = piece === 0 ? plan : plan.filter(({ act }) => act !== 'watch');
      if (!(await tolerate(worker.request({ message: { type: 'work', steps }, timeout: 60_000 })))) return;
    }
  }
}

export interface KillStormOptions {
  readonly random: Seeded;
  /** Notes whom it kills. */
  readonly recorder: HistoryRecorder;
  /** Milliseconds from one kill to the next, at least and at most. */
  readonly every: readonly [number, number];
}

/** Kills one ready worker after the other. */
export class KillStorm {
  readonly #archive: Archive;
  readonly #options: KillStormOptions;
  #kills = 0;

  constructor(archive: Archive, options: KillStormOptions) {
    this.#archive = archive;
    this.#options = options;
  }

  get kills(): number {
    return this.#kills;
  }

  /**
   * Rages as long as `work` takes, and resolves with what that does.
   *
   * @param spares whether a worker is not to be killed now.
   */
  async during<T>(work: Promise<T>, spares: (worker: WorkerHandle) => boolean = () => false): Promise<T> {
    const over = new AbortController();
    const raging = this.#rage(over.signal, spares);
    try {
      return await work;
    } finally {
      over.abort();
      await raging;
    }
  }

  async #rage(over: AbortSignal, spares: (worker: WorkerHandle) => boolean): Promise<void> {
    const { random, every } = this.#options;
    for (;;) {
      await setTimeout(random.integer(...every), undefined, { signal: over }).catch(() => {});
      if (over.aborted) return;

      const [first, ...others] = this.#archive.workers.filter(worker => !spares(worker));
      if (first) this.#kill(random.pick([first, ...others]));
    }
  }

  #kill(worker: WorkerHandle): void {
    this.#options.recorder.death(`w${worker.id}`);
    worker.kill('SIGKILL');
    this.#kills++;
  }
}
