import type { Protocol } from 'phased-cluster';

/** The primary opens the door; a worker looks after the guest. The socket itself travels beside the message. */
export interface Door extends Protocol {
  primaryMessage: { guest: { number: number } };
}
