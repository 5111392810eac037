import type { Slot } from '../supervision/slot.js';
import type { ProcessBehindHandle } from './worker-handle.js';

/** Every process that lives, by the slot that it lives in. */
export class ProcessTable implements Iterable<ProcessBehindHandle> {
  readonly #live = new Set<ProcessBehindHandle>();
  /** The latest worker of each slot, gone or not. */
  readonly #latest = new Map<Slot, ProcessBehindHandle>();

  get size(): number {
    return this.#live.size;
  }

  add(worker: ProcessBehindHandle): void {
    this.#live.add(worker);
  }

  /** The process is gone. */
  remove(worker: ProcessBehindHandle): void {
    this.#live.delete(worker);
  }

  /** Whether the process lives. */
  has(worker: ProcessBehindHandle): boolean {
    return this.#live.has(worker);
  }

  /** The live process that is this generation of the slot. */
  find(slot: Slot, generation: number): ProcessBehindHandle | undefined {
    const latest = this.latest(slot);
    if (latest?.generation === generation) return this.#live.has(latest) ? latest : undefined;

    for (const worker of this.#live) if (worker.slot === slot && worker.generation === generation) return worker;
    return undefined;
  }

  /** The process is the slot's worker from now on. */
  settle(worker: ProcessBehindHandle): void {
    this.#latest.set(worker.slot, worker);
  }

  /** The latest worker of the slot, gone or not; not a spare one that has moved into another slot. */
  latest(slot: Slot): ProcessBehindHandle | undefined {
    const latest = this.#latest.get(slot);
    return latest?.slot === slot ? latest : undefined;
  }

  /** Nothing will run in the slot any more. */
  forget(slot: Slot): void {
    this.#latest.delete(slot);
  }

  [Symbol.iterator](): IterableIterator<ProcessBehindHandle> {
    return this.#live.values();
  }
}
