import type { Protocol } from 'phased-cluster';

/** Waiters greet, cooks cook: each group answers what concerns it. */
export interface Restaurant extends Protocol {
  primaryRequest: {
    greet(guest: { guest: string }): string;
    cook(orders: { orders: ReadonlyMap<string, number> }): string;
  };
}
