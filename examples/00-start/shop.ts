import type { Protocol } from 'phased-cluster';

/** A worker reports once for this many answers. */
export const answersPerReport = 250;

/** What the shop's primary and its workers tell and ask each other. */
export interface Shop extends Protocol {
  /** A worker reports what it answered, {@link answersPerReport} at a time. */
  workerMessage: { sold: { answers: number } };
  /** The primary changes what all workers answer with. */
  primaryMessage: { special: { dish: string } };
  /** A worker asks for a price before it opens. */
  workerRequest: { price(item: { dish: string }): { cents: number } };
  /** The primary asks a worker how much it did. */
  primaryRequest: { takings(): { answers: number; connections: number; special: string } };
}
