import type { Protocol } from 'phased-cluster';

/** The peer sections are what workers say to each other. */
export interface Kitchen extends Protocol {
  primaryMessage: { order: { dish: string } };
  peerMessage: { pass: { dish: string } };
  peerRequest: { taste(spoon: { dish: string }): { verdict: string } };
  workerMessage: { served: { text: string } };
}
