import type { SharedStorage, StorageLock, StorageWatch } from '../../lib/index.js';
import { type HistoryRecorder, outcomeOf } from './history.js';
import type { Seeded } from './seeded.js';
import type { WorkStep } from './storage-workload.js';

type Locking = Extract<WorkStep, { act: 'lock' }>;
type Conditional = Extract<WorkStep, { act: 'replace' | 'remove' }>;

/** What a {@link WorkExecutor} is made with. */
export interface ExecutorParts {
  readonly storage: SharedStorage;
  readonly recorder: HistoryRecorder;
  readonly random: Seeded;
}

/** Does with a shared storage what is planned, and notes all that it does and sees. */
export class WorkExecutor {
  readonly #storage: SharedStorage;
  readonly #recorder: HistoryRecorder;
  readonly #random: Seeded;

  constructor({ storage, recorder, random }: ExecutorParts) {
    this.#storage = storage;
    this.#recorder = recorder;
    this.#random = random;
  }

  /**
   * One step after the other, until it is over.
   *
   * @throws what left it unknown whether a step took place; a step that certainly did not is no reason to stop.
   */
  async carryOut(steps: readonly WorkStep[], over?: AbortSignal): Promise<void> {
    for (const step of steps) {
      if (over?.aborted) return;
      try {
        await this.#do(step);
      } catch (error) {
        if (outcomeOf(error) === 'unknown') throw error;
      }
    }
  }

  async #do(step: WorkStep): Promise<unknown> {
    switch (step.act) {
      case 'get':
      case 'peek':
      case 'entry':
      case 'delete':
        return this.#read(step.act, step.path);
      case 'set':
      case 'create':
        return this.#set(step.act, step);
      case 'update':
        return this.#update(step.path, step.value);
      case 'increment':
        return this.#increment(step.path, step.by);
      case 'transaction':
        return this.#transact(step.steps);
      case 'replace':
      case 'remove':
        return this.#conditional(step);
      case 'lock':
        return this.#lock(step);
      case 'watch':
        return this.#watch(step.path);
      default:
        return step satisfies never;
    }
  }

  /** A deletion has an outcome like what is read. */
  async #read(op: 'get' | 'peek' | 'entry' | 'delete', path: string): Promise<unknown> {
    const storage = this.#storage;
    if (op === 'entry') return this.#entry(path);
    if (op === 'peek') await storage.attach();
    return this.#recorder.record(
      op,
      { path },
      () => storage[op](path),
      value => ({ value }),
    );
  }

  #entry(path: string): Promise<{ readonly version: number } | undefined> {
    return this.#recorder.record(
      'entry',
      { path },
      () => this.#storage.entry(path),
      found => ({ value: found?.value, version: found?.version ?? 0 }),
    );
  }

  #set(op: 'set' | 'create', { path, value }: { readonly path: string; readonly value: string }): Promise<number> {
    return this.#recorder.record(
      op,
      { path, value },
      () => this.#storage[op](path, value),
      version => ({ version }),
    );
  }

  #update(path: string, value: string): Promise<unknown> {
    let previous: unknown;
    const change = (found: unknown) => {
      previous = found;
      return value;
    };
    return this.#recorder.record(
      'update',
      { path, value },
      () => this.#storage.update(path, change),
      written => ({ value: written, previous }),
    );
  }

  #increment(path: string, by: number): Promise<number> {
    return this.#recorder.record(
      'increment',
      { path, by },
      () => this.#storage.increment(path, by),
      value => ({ value }),
    );
  }

  #transact(steps: Extract<WorkStep, { act: 'transaction' }>['steps']): Promise<unknown> {
    return this.#recorder.record(
      'transaction',
      { steps },
      // The type of a step tells which of its fields there are.
      () => this.#storage.transaction(steps as Parameters<SharedStorage['transaction']>[0]),
      results => ({ results }),
    );
  }

  async #conditional(step: Conditional): Promise<unknown> {
    const { path } = step;
    const found = await this.#entry(path);
    if (found === undefined) return undefined;

    const { version: expected } = found;
    const options = { ifVersion: expected };
    if (step.act === 'remove') {
      const run = () => this.#storage.delete(path, options);
      return this.#recorder.record('delete', { path, expected }, run, value => ({ value }));
    }
    const { value } = step;
    const run = () => this.#storage.set(path, value, options);
    return this.#recorder.record('set', { path, value, expected }, run, version => ({ version }));
  }

  /** Some locks are for so short a time that they may be lost. */
  async #lock({ path, inside }: Locking): Promise<void> {
    const ttl = this.#random.chance(0.3) ? this.#random.integer(1, 20) : undefined;
    const lock = await this.#recorder.record(
      'lock',
      { path, ttl },
      () => this.#storage.lock(path, { ttl }),
      ({ token }) => ({ token }),
    );
    try {
      await this.carryOut(inside);
    } finally {
      await this.#unlock(lock);
    }
  }

  async #unlock(lock: StorageLock): Promise<void> {
    const { name: path, token } = lock;
    const index = this.#recorder.invoke('unlock', { path, token });
    // Asked after its time was noted: it was held until then, or lost before.
    if (lock.signal.aborted) {
      this.#recorder.note(index, 'fail', { op: 'unlock', error: String(lock.signal.reason) });
      return;
    }
    await lock.release();
    this.#recorder.note(index, 'ok', { op: 'unlock' });
  }

  /** For as long as this process lives. */
  #watch(path: string): void {
    const index = this.#recorder.invoke('watch', { path });
    void this.#follow(index, this.#storage.watch(path, { initial: true }));
  }

  async #follow(index: number, watch: StorageWatch): Promise<void> {
    try {
      for await (const { type: change, path, value, version } of watch)
        this.#recorder.note(index, 'ok', { op: 'watch', change, path, value, version });
    } catch (error) {
      this.#recorder.note(index, 'unknown', { op: 'watch', error: String(error) });
    }
  }
}
