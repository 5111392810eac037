import type { Operation } from './storage-checker-operations.js';

/** A version that was known at some time, and who knew it. */
export interface Mark {
  readonly time: number;
  readonly version: number;
  readonly source: Operation | undefined;
}

/** The greatest version that was known before a time. */
export class Floor {
  readonly #marks: Mark[] = [];
  #isSorted = true;

  add(mark: Mark): void {
    this.#marks.push(mark);
    this.#isSorted = false;
  }

  before(time: number): Mark {
    if (!this.#isSorted) this.#raise();
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle]?.time ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1] ?? { time: 0, version: Number.NEGATIVE_INFINITY, source: undefined };
  }

  #raise(): void {
    this.#marks.sort((one, other) => one.time - other.time);
    this.#marks.forEach((mark, at) => {
      const best = this.#marks[at - 1];
      if (best && best.version >= mark.version) this.#marks[at] = { ...best, time: mark.time };
    });
    this.#isSorted = true;
  }
}

/** What was known to anybody, and to each process. */
export class Knowledge {
  readonly common = new Floor();
  readonly #own = new Map<string, Floor>();

  add(source: Operation, time: number, version: number): void {
    this.common.add({ time, version, source });
    this.of(source.process).add({ time, version, source });
  }

  of(process: string): Floor {
    let own = this.#own.get(process);
    if (!own) {
      own = new Floor();
      this.#own.set(process, own);
    }
    return own;
  }
}
