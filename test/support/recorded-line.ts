import type { StoreLine } from '../../lib/channel/store-line.js';
import { Deferred } from '../../lib/util/deferred.js';

/** Something that was posted. */
export type Posted = readonly [id: number, body: unknown];

/** One direction of a line: what is posted waits, as JSON, until the test takes it. */
export class RecordedLine implements Pick<StoreLine, 'post' | 'crowded' | 'uncrowded'> {
  /** So much may wait before the line is crowded. */
  most = Number.POSITIVE_INFINITY;
  #waiting: string[] = [];
  #room = new Deferred<void>();

  get crowded(): boolean {
    return this.#waiting.length >= this.most;
  }

  /** How much waits. */
  get size(): number {
    return this.#waiting.length;
  }

  uncrowded(): Promise<void> {
    return this.crowded ? this.#room.promise : Promise.resolve();
  }

  post(id: number, body: unknown): void {
    this.#waiting.push(JSON.stringify([id, body]));
  }

  /** The next thing that was posted. */
  next(): Posted | undefined {
    const text = this.#waiting.shift();
    this.#makeRoom();
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** All that waits. */
  takeAll(): Posted[] {
    const texts = this.#waiting;
    this.#waiting = [];
    this.#makeRoom();
    return texts.map(text => JSON.parse(text));
  }

  /** From now on so much may wait. */
  limit(most: number): void {
    this.most = most;
    this.#makeRoom();
  }

  #makeRoom(): void {
    if (this.crowded) return;

    this.#room.resolve();
    this.#room = new Deferred();
  }
}
