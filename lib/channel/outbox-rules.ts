import type { SendHandle } from 'node:child_process';
import { type Frame, FrameKind } from '../protocol/frame.js';

/** When what is sent, and how much at once. `bench/outbox.ts` shows what comes of other values. */
export interface OutboxRules {
  /** More frames in one batch gain nothing, and delay the first. */
  readonly mostFrames: number;
  /** A batch of this many bytes is not made larger. */
  readonly mostBytes: number;
  /** A frame of this many bytes travels alone: batching it only delays others. */
  readonly aloneBytes: number;
  /** With this many writes in the hands of the operating system, more only take memory. */
  readonly mostWrites: number;
  /** Gathering for longer would leave the other side without work: of 64 in flight, half is on its way while half is done. */
  readonly enoughFrames: number;
  /** Where this many come at once, both sides have work enough, and waiting for each other would only slow them down. */
  readonly mostGathered: number;
}

export const defaultRules: OutboxRules = Object.freeze({
  mostFrames: 256,
  mostBytes: 64 * 1024,
  aloneBytes: 16 * 1024,
  mostWrites: 4,
  enoughFrames: 32,
  mostGathered: 64,
});

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
export function nextBatch<E extends Waiting>(queue: Iterable<E>, rules: OutboxRules = defaultRules): E[] {
  const { mostFrames, mostBytes, aloneBytes } = rules;
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
export function worthGathering(received: number, { mostGathered }: OutboxRules = defaultRules): boolean {
  return received > 1 && received <= mostGathered;
}

/**
 * Whether a frame is sent however large it is: what a replica is told. The shared storage has limits of its own; what these let
 * in has to reach every replica, or none could be kept.
 */
export function mayBeLarge([kind, id]: Frame): boolean {
  return kind === FrameKind.store && id === 0;
}
