import type { Protocol, SchemaTable } from 'phased-cluster';
import * as v from 'valibot';

export interface Kitchen extends Protocol {
  primaryRequest: { cook(order: { dish: string; portions: number }): { grams: number } };
}

/** Any library that implements Standard Schema will do: valibot, zod, arktype … */
export const schemas = {
  primaryRequest: {
    cook: {
      payload: v.object({
        type: v.literal('cook'),
        dish: v.pipe(v.string(), v.trim(), v.minLength(1)),
        portions: v.pipe(v.number(), v.integer(), v.maxValue(20)),
      }),
      reply: v.object({ grams: v.pipe(v.number(), v.minValue(0)) }),
    },
  },
} satisfies SchemaTable<Kitchen>;
