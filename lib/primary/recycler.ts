import { isRecycling, RecyclePolicy } from '../supervision/recycle-policy.js';
import { type BackoffSettings, backoffDelay } from '../util/backoff.js';
import type { Clock, Timer } from '../util/clock.js';
import type { RecycleReason } from './events.js';
import type { Groups } from './groups.js';
import { reportInterval } from './vital-signs.js';
import type { ProcessBehindHandle, WorkerHandle } from './worker-handle.js';

/** How often workers are looked at, in milliseconds, unless their age needs it more often. */
const longestInterval = 1_000;
const shortestInterval = 10;
/** The age at which a worker is due is met to a part of this many. */
const accuracy = 20;

/** What a {@link Recycler} is made of. */
export interface RecyclerParts {
  readonly clock: Clock;
  readonly groups: Groups;
  /** Replaces the worker; rejects when that did not happen. */
  readonly recycle: (worker: ProcessBehindHandle, reason: RecycleReason) => Promise<WorkerHandle>;
}

interface Ward {
  readonly worker: ProcessBehindHandle;
  readonly policy: RecyclePolicy;
  readonly readyAt: number;
  failures: number;
  /** Not before this time. */
  notBefore: number;
}

/**
 * Replaces workers that have become old, large or well-used, one at a time in each group. Whose turn has not come is not
 * asked for, nor told of: until then it may have left by itself.
 */
export class Recycler {
  readonly #parts: RecyclerParts;
  readonly #wards = new Map<ProcessBehindHandle, Ward>();
  /** The groups in which one is being replaced. */
  readonly #busy = new Set<string>();
  #timer: Timer | undefined;

  constructor(parts: RecyclerParts) {
    this.#parts = parts;
  }

  /** The worker is ready. */
  add(worker: ProcessBehindHandle): void {
    const { clock, groups } = this.#parts;
    const { recycle } = groups.get(worker.slot.group).options;
    if (!isRecycling(recycle)) return;

    worker.vitals.expect(reportInterval);
    const policy = new RecyclePolicy(recycle);
    this.#wards.set(worker, { worker, policy, readyAt: clock.now(), failures: 0, notBefore: 0 });
    this.#timer ??= clock.every(this.#interval(), () => this.#look(), { keepAlive: false });
  }

  /** The worker leaves. */
  remove(worker: ProcessBehindHandle): void {
    this.#wards.delete(worker);
    if (this.#wards.size > 0) return;

    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Often enough for the group in which workers get old soonest. */
  #interval(): number {
    const ages = [...this.#parts.groups].map(({ options }) => options.recycle.every / accuracy);
    return Math.max(shortestInterval, Math.min(longestInterval, ...ages));
  }

  #look(): void {
    const now = this.#parts.clock.now();
    for (const ward of [...this.#wards.values()]) {
      const { worker, policy, readyAt, notBefore } = ward;
      const { memory, handled } = worker.vitals;
      // Listeners that are told of one may stop another.
      if (now < notBefore || this.#busy.has(worker.slot.group) || !this.#wards.has(worker)) continue;

      const reason = policy.judge({ age: now - readyAt, memory, handled });
      if (reason) void this.#recycle(ward, reason);
    }
  }

  /** A failure has told of itself, as every exit does; trying again and again at once would help nobody. */
  async #recycle(ward: Ward, reason: RecycleReason): Promise<void> {
    const { clock, groups, recycle } = this.#parts;
    const { group } = ward.worker.slot;
    this.#busy.add(group);
    await Promise.allSettled([recycle(ward.worker, reason)]);
    this.#busy.delete(group);
    // A worker that was replaced is no ward any more.
    const { every } = groups.get(group).options.recycle;
    ward.notBefore = clock.now() + backoffDelay(ward.failures, retries(every), Math.random);
    ward.failures++;
    // Others may be due already.
    this.#look();
  }
}

/** How long to wait after one failure, two, and so on. */
function retries(every: number): BackoffSettings {
  const initial = Math.min(longestInterval, every);
  return { initial, max: 60 * longestInterval, factor: 2, jitter: 0.2 };
}
