import * as v from 'valibot';
import { z } from 'zod';
import type { StandardSchema } from '../../lib/index.js';

/** The same schemas, written with one library. */
export interface Schemas {
  /** A number up to 100, with a `unit` that is grams unless it says otherwise. */
  readonly amount: StandardSchema;
  /** Up to 10 characters, trimmed. */
  readonly word: StandardSchema;
  /** An object whose `value` is a word. */
  readonly echo: StandardSchema;
  /** Objects with a price that is a number. */
  readonly items: StandardSchema;
}

function withZod(): Schemas {
  const word = z.string().trim().max(10);
  return {
    amount: z.object({ type: z.string(), number: z.number().max(100), unit: z.string().default('g') }),
    word,
    echo: z.object({ type: z.literal('echo'), value: word }),
    items: z.object({ items: z.array(z.object({ price: z.number() })) }),
  };
}

function withValibot(): Schemas {
  const word = v.pipe(v.string(), v.trim(), v.maxLength(10));
  return {
    amount: v.object({
      type: v.string(),
      number: v.pipe(v.number(), v.maxValue(100)),
      unit: v.optional(v.string(), 'g'),
    }),
    word,
    echo: v.object({ type: v.literal('echo'), value: word }),
    items: v.object({ items: v.array(v.object({ price: v.number() })) }),
  };
}

/** By the name of the library. */
export const schemaLibraries: Readonly<Record<'zod' | 'valibot', Schemas>> = {
  zod: withZod(),
  valibot: withValibot(),
};
