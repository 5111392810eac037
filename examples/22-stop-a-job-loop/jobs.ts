import type { Protocol } from 'phased-cluster';

/** Workers that look for work themselves, and tell what they have done. */
export interface Jobs extends Protocol {
  workerMessage: { milled: { sack: boolean } };
}
