import type { SendHandle } from 'node:child_process';

/** More frames in one batch gain nothing, and delay the first. */
export const mostFrames = 256;
/** A batch of this many bytes is not made larger. */
export const mostBytes = 64 * 1024;
/** A frame of this many bytes travels alone: batching it only delays others. */
export const aloneBytes = 16 * 1024;
/** With this many writes in the hands of the operating system, more only take memory. */
export const mostWrites = 4;

/** Gathering for longer would leave the other side without work: of 64 in flight, half is on its way while half is done. */
export const enoughFrames = 32;
/** Where this many come at once, both sides have work enough, and waiting for each other would only slow them down. */
const mostGathered = 64;

/** What the rules need to know of a frame that waits. */
export interface Waiting {
  readonly weight: number;
  readonly handle: SendHandle | undefined;
}

/**
 * The entries at the front of the queue that make the next batch.
 *
 * A frame with a handle travels alone, since Node carries one handle a message; so does a large one.
 */
export function nextBatch<E extends Waiting>(queue: Iterable<E>): E[] {
  const batch: E[] = [];
  let weight = 0;
  for (const next of queue) {
    const alone = next.handle !== undefined || next.weight >= aloneBytes;
    weight += next.weight;
    if (batch.length > 0 && (alone || weight > mostBytes)) break;

    batch.push(next);
    if (alone || batch.length === mostFrames) break;
  }
  return batch;
}

/** Whether the answers to so many frames, which came at once, are to be gathered. A single one is answered at once. */
export function worthGathering(received: number): boolean {
  return received > 1 && received <= mostGathered;
}
