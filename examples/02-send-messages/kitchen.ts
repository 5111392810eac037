import type { Protocol } from 'phased-cluster';

/** What the two sides tell each other; section and type spell the name of the method that gets the message. */
export interface Kitchen extends Protocol {
  primaryMessage: { cook: { dish: string; table: number } };
  workerMessage: { plated: { dish: string; table: number } };
}
