// Wrong paths and values. Each line under a comment is the compile error that the comment describes.
import type { Protocol, StorageOf } from '../../../lib/protocol/protocol.js';
import type { SharedStorage, StorageOperation } from '../../../lib/storage/shared-storage.js';
import type { Shop } from '../storage.js';

declare const storage: SharedStorage<Shop>;
declare const text: string;
declare const texts: readonly string[];

// error TS2345: Argument of type '"test.sme"' is not assignable to parameter of type '"test.sme" & HasOnly<"other" | "some">'.
void storage.get('test.sme');
// error TS2345: Argument of type '["tset"]' is not assignable to parameter of type 'readonly ["tset"] & HasOnly<"a.b" | "hits" | "json" | "loose" | "mode" | "pair" | "seats" | "shape" | "test" | "tree" | "users" | "wild">'.
storage.peek(['tset']);
// error TS2345: HasOnly<"address" | "age" | "name" | "tags">
void storage.get('users.anna.agee');
// error TS2345: HasOnly<"address" | "age" | "name" | "tags">
void storage.delete(['users', text, 'agee']);
// error TS2345: HasOnly<"address" | "age" | "name" | "tags">
storage.watch(`users.${text}.agee`);
// error TS2345: '"tree.left.left.left.left.left.left.rigth" & HasOnly<"left" | "right" | "value">'
void storage.entry('tree.left.left.left.left.left.left.rigth');
// error TS2345: '"test.some.more" & Holds<number>'
void storage.get('test.some.more');
// error TS2345: '"users.anna.tags.0" & Holds<string[]>'
void storage.get('users.anna.tags.0');
// error TS2345: Argument of type 'string' is not assignable to parameter of type 'string & HasOnly<
void storage.get(text);
// error TS2345: Argument of type 'readonly string[]' is not assignable to parameter of type 'readonly string[] & Holds<Shop>'.
void storage.get(texts);
// error TS2345: Argument of type '"tst"' is not assignable to parameter of type '"tst" & HasOnly<
void storage.keys('tst');
// error TS2345: Argument of type 'string' is not assignable to parameter of type 'number'.
void storage.set('test.some', 'x');
// error TS2345: Argument of type 'undefined' is not assignable to parameter of type 'number'.
void storage.set('users.anna.age', undefined);
// error TS2322: Type 'number' is not assignable to type 'string'.
void storage.create('users.anna', { name: 3, tags: [] });
// error TS2561: Object literal may only specify known properties, but 'agee' does not exist in type '{ readonly name: string; readonly age?: number; readonly tags: readonly string[];
void storage.set('users.anna', { name: 'Anna', tags: [], agee: 3 });
// error TS2322: Type 'string' is not assignable to type 'number | Promise<number | undefined> | undefined'.
void storage.update('test.some', some => `${some}`);
// error TS2345: Argument of type '"mode"' is not assignable to parameter of type '"mode" & Holds<"off" | "on" | null>'.
void storage.increment('mode');
// error TS2345: '"users.anna.name" & Holds<string>'
void storage.increment('users.anna.name');

export async function results(): Promise<void> {
  const anna = await storage.get('users.anna');
  // error TS2540: Cannot assign to 'age' because it is a read-only property.
  if (anna) anna.age = 3;
  // error TS2339: Property 'push' does not exist on type 'readonly string[]'.
  anna?.tags.push('x');
  // error TS18049: 'anna.address' is possibly 'null' or 'undefined'.
  if (anna) anna.address.city;
  // error TS2345: Argument of type 'number | undefined' is not assignable to parameter of type 'string'.
  for await (const { value } of storage.watch('test.some')) text.concat(value);
}

// error TS2322: Type '"test.sme"' is not assignable to type '"test.sme" & HasOnly<"other" | "some">'.
void storage.transaction([{ type: 'set', path: 'test.sme', value: 3 }]);
// error TS2322: Type 'string' is not assignable to type 'number'.
void storage.transaction([{ type: 'set', path: 'test.some', value: 'x' }]);
// error TS2322: Property 'value' is missing in type '{ type: "set"; path: "test.some"; }'
void storage.transaction([{ type: 'set', path: 'test.some' }]);
// error TS2322: '"users.bob.name" & Holds<string>'
void storage.transaction([{ type: 'increment', path: 'users.bob.name' }]);
// error TS2820: Did you mean '"set"'?
void storage.transaction([{ type: 'stet', path: 'test.some', value: 3 }]);
// error TS2561: Did you mean to write 'ifVersion'?
void storage.transaction([{ type: 'set', path: 'test.some', value: 3, ifVersoin: 1 }]);
// error TS2820: Did you mean '"test.some"'?
export const operation: StorageOperation<Shop> = { type: 'set', path: 'test.sme', value: 3 };

interface Counting extends Protocol {
  storage: { count: number };
}
export function generic<P extends Counting>(counters: SharedStorage<StorageOf<P>>) {
  // error TS2345: Type 'string' is not assignable to type 'HasOnly<"count">'.
  void counters.get('cont');
  // error TS2345: Type 'string' is not assignable to type 'number'.
  void counters.set('count', 'x');
}

// error TS2430: Type 'number' is not assignable to type 'object'.
export interface NotAnObject extends Protocol {
  storage: number;
}
