import type { Protocol } from 'phased-cluster';

/** A worker reports once for this many answers. */
export const answersPerReport = 250;

/** What a till takes to start, in milliseconds. */
export const tillBootTime = 1_000;

/** What the shop's primary and its workers tell and ask each other. */
export interface Shop extends Protocol {
  /** A worker reports what it answered, {@link answersPerReport} at a time. */
  workerMessage: { sold: { answers: number } };
  /** The primary changes what all workers answer with. */
  primaryMessage: { special: { dish: string } };
  workerRequest: {
    /** A worker asks for a price before it opens. */
    price(item: { dish: string }): { cents: number };
  };
  primaryRequest: {
    /** The primary asks a worker how much it did. */
    takings(): { answers: number; connections: number; special: string };
    /** A till answers with its process. */
    pay(): { pid: number };
  };
}
