import type { Protocol } from 'phased-cluster';

/** What JSON could not carry. */
export interface Dish {
  readonly name: string;
  readonly at: Date;
  readonly grams: ReadonlyMap<string, number>;
  readonly photo: Uint8Array;
}

export interface Kitchen extends Protocol {
  primaryRequest: { double(order: { dish: Dish }): Dish };
}
