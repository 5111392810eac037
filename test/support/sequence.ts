/** What came of a sequence of numbers. */
export interface SequenceReport {
  readonly count: number;
  /** The first numbers that were not the one after the one before. */
  readonly surprises: readonly { readonly expected: number; readonly came: number }[];
}

/** Checks that the numbers from 0 on come one after the other, each once; keeps none of them. */
export class Sequence {
  readonly #surprises: { expected: number; came: number }[] = [];
  #count = 0;
  #expected = 0;

  get report(): SequenceReport {
    return { count: this.#count, surprises: this.#surprises };
  }

  take(came: number): void {
    this.#count++;
    if (came !== this.#expected && this.#surprises.length < 10)
      this.#surprises.push({ expected: this.#expected, came });
    this.#expected = came + 1;
  }
}

/** How many messages are sent before somebody waits for the last of them. */
const together = 4_000;

/** Sends the numbers from 0 on, in order; memory stays bounded. */
export async function sendNumbers(count: number, send: (number: number) => Promise<unknown>): Promise<void> {
  for (let number = 0; number < count; number++) {
    const sent = send(number);
    if (number % together === together - 1) await sent;
  }
}
