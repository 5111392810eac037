import { Deferred } from '../util/deferred.js';
import type { Step } from './record.js';

/** What goes into one transaction. */
interface Group {
  readonly steps: Step[];
  /** What is called when that is durable. */
  readonly tell: (() => void)[];
  readonly done: Deferred<void>;
}

/** What a {@link GroupCommit} works with. */
export interface GroupCommitParts {
  /** Carries out all steps, or none; resolves when that is durable. */
  write(steps: readonly Step[]): Promise<void>;
  /** The last step of each transaction. */
  lastStep(): Step;
  /** What everybody is told when something could not be written. */
  failure(cause: unknown): Error;
}

/**
 * Writes in groups, one after another: what comes while one is being written goes together into the next, so that the wait
 * for the disk is shared.
 *
 * When one cannot be written, nothing more is: what comes after it may rest on it.
 */
export class GroupCommit {
  readonly #parts: GroupCommitParts;
  #gathering: Group | undefined;
  #writing: Group | undefined;
  #failure: Error | undefined;
  #isBusy = false;

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
  }

  /** Why nothing can be written any more. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether everything is durable. */
  get isSettled(): boolean {
    return this.#gathering === undefined && this.#writing === undefined;
  }

  /** Adds to what is written next. `tell` is called when that is durable, in the order of the calls. */
  add(steps: readonly Step[], tell?: () => void): void {
    if (this.#failure) return;

    const group = this.#openGroup();
    for (const step of steps) group.steps.push(step);
    if (tell) group.tell.push(tell);
  }

  /** Resolves when all that was added is durable; rejects with the failure. */
  async settled(): Promise<void> {
    if (this.#failure) throw this.#failure;

    await (this.#gathering ?? this.#writing)?.done.promise;
  }

  #openGroup(): Group {
    this.#gathering ??= { steps: [], tell: [], done: new Deferred<void>().markHandled() };
    if (!this.#isBusy) {
      this.#isBusy = true;
      // What else is done in this turn comes along.
      queueMicrotask(() => this.#writeAll());
    }
    return this.#gathering;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#gathering) await this.#writeNext(this.#gathering);
    } catch (cause) {
      this.#failure = this.#parts.failure(cause);
      this.#writing?.done.reject(this.#failure);
      this.#gathering?.done.reject(this.#failure);
    }
    this.#isBusy = false;
  }

  async #writeNext(group: Group): Promise<void> {
    this.#gathering = undefined;
    this.#writing = group;
    group.steps.push(this.#parts.lastStep());
    await this.#parts.write(group.steps);

    for (const tell of group.tell) guarded(tell);
    this.#writing = undefined;
    group.done.resolve();
  }
}

/** What throws here is a bug of somebody else: it must not be lost, and not be taken for a failure to write. */
function guarded(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
