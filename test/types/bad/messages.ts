// Wrong messages. Each line under a comment is the compile error that the comment describes.

import { Socket } from 'node:net';
import type { ClusterPrimary, ClusterWorker, WorkerHandle } from '../../../lib/index.js';
import type { Kitchen, Ledger } from '../good.js';

declare const chef: ClusterPrimary<Kitchen>;
declare const cook: ClusterWorker<Kitchen>;
declare const clerk: ClusterWorker<Ledger>;
declare const worker: WorkerHandle<Kitchen>;

// error TS2322: Type 'string' is not assignable to type 'number'.
void chef.send({ message: { type: 'cook', dish: 'soup', table: 'four' } });
// error TS2820: Type '"cok"' is not assignable to type 'TypeOf<Kitchen, "primaryMessage">'. Did you mean '"cook"'?
void chef.send({ message: { type: 'cok', dish: 'soup', table: 4 } });
// error TS2322: Property 'table' is missing in type '{ type: "cook"; dish: string; }' but required in type '{ dish: string; table: number; }'.
void chef.send({ message: { type: 'cook', dish: 'soup' } });
// error TS2353: Object literal may only specify known properties, and 'extra' does not exist in type 'Outgoing<Kitchen, "primaryMessage", "cook">'.
void chef.send({ message: { type: 'cook', dish: 'soup', table: 4, extra: 1 } });
// error TS2561: Object literal may only specify known properties, but 'mesage' does not exist in type 'SendOrder<Kitchen, Outgoing<Kitchen, "primaryMessage", TypeOf<Kitchen, "primaryMessage">>>'. Did you mean to write 'message'?
void chef.send({ mesage: { type: 'close' } });
// error TS2322: Type '{ id: number; }' is not assignable to type 'AllSelected | readonly (AllSelected | WorkerTarget<Kitchen>)[] | WorkerTarget<Kitchen> | undefined'.
void chef.send({ message: { type: 'close' }, to: { id: 1 } });
// error TS2322: Type '"plated"' is not assignable to type 'TypeOf<Kitchen, "primaryMessage">'.
void chef.send({ message: { type: 'plated', table: 4 } });
// error TS2551: Property 'bussy' does not exist on type '{ busy: boolean; }'. Did you mean 'busy'?
void chef.request({ message: { type: 'status' }, to: worker }).then(reply => reply.bussy);
// error TS2322: Property 'dish' is missing in type '{ type: "recipe"; }' but required in type '{ dish: string; }'.
void chef.request({ message: { type: 'recipe' }, to: worker });
// error TS2322: Type '"menu"' is not assignable to type 'RequestTypeOf<Kitchen, "primaryRequest">'.
void chef.request({ message: { type: 'menu', day: 1 }, to: worker });
// error TS2561: Object literal may only specify known properties, but 'timeuot' does not exist in type 'RequestOrder<Kitchen, { readonly type: "status"; }>'. Did you mean to write 'timeout'?
void chef.request({ message: { type: 'status' }, to: 'all', timeuot: 5 });
// error TS2322: Type 'string' is not assignable to type 'number'.
void worker.send({ message: { type: 'cook', dish: 'soup', table: 'four' } });
// error TS2322: Type '"menu"' is not assignable to type 'RequestTypeOf<Kitchen, "primaryRequest">'.
void worker.request({ message: { type: 'menu', day: 1 } });
// error TS2322: Type 'string' is not assignable to type 'number'.
void cook.send({ message: { type: 'plated', table: 'four' } });
// error TS2322: Type '"cook"' is not assignable to type 'TypeOf<Kitchen, "workerMessage">'.
void cook.send({ message: { type: 'cook', dish: 'soup', table: 4 } });
// error TS2322: Type '"plated"' is not assignable to type '"pass"'.
void cook.send({ message: { type: 'plated', table: 4 }, to: 3 });
// error TS2322: Type '"pass"' is not assignable to type 'TypeOf<Kitchen, "workerMessage">'.
void cook.send({ message: { type: 'pass', dish: 'soup' } });
// error TS2322: Type 'number' is not assignable to type 'string'.
void cook.send({ message: { type: 'pass', dish: 4 }, to: ['bob', 3] });
// error TS2322: Type 'Socket' is not assignable to type 'undefined'.
void cook.send({ message: { type: 'pass', dish: 'soup' }, to: 'bob', handle: new Socket() });
// error TS2322: Type '"pantry"' is not assignable to type '"taste"'.
void cook.request({ message: { type: 'pantry', name: 'salt' }, to: { group: 'cooks' } });
// error TS2339: Property 'sweet' does not exist on type '{ salt: boolean; }'.
void cook.request({ message: { type: 'taste', dish: 'soup' }, to: 'bob' }).then(reply => reply.sweet);
// error TS2322: Property 'name' is missing in type '{ type: "pantry"; }' but required in type '{ name: string; }'.
void cook.request({ message: { type: 'pantry' } });
// error TS2339: Property 'right' does not exist on type '{ left: number; }'.
void cook.request({ message: { type: 'pantry', name: 'salt' } }).then(reply => reply.right);
// error TS2322: Type '"status"' is not assignable to type '"menu"'.
void chef.stream({ message: { type: 'status' } });
// error TS2322: Type '"recipe"' is not assignable to type '"menu"'.
void worker.stream({ message: { type: 'recipe', dish: 'soup' } });
// error TS2322: Type 'string' is not assignable to type 'number'.
void chef.stream({ message: { type: 'menu', day: 'monday' } });
// error TS2353: Object literal may only specify known properties, and 'timeout' does not exist in type 'StreamOrder<Kitchen, OutgoingRequest<Kitchen, "primaryRequest", "menu">>'.
void chef.stream({ message: { type: 'menu', day: 1 }, timeout: 5 });
// error TS2353: Object literal may only specify known properties, and 'to' does not exist in type 'WorkerStreamOrder<{ readonly type: "menu"; } & { day: number; }>'.
void worker.stream({ message: { type: 'menu', day: 1 }, to: 'all' });
// error TS2322: Type '"total"' is not assignable to type '"orders"'.
void clerk.stream({ message: { type: 'total' } });
// error TS2322: Type '"orders"' is not assignable to type '"total"'.
void clerk.request({ message: { type: 'orders', day: 1 } });
export async function read(): Promise<void> {
  // error TS2339: Property 'chair' does not exist on type '{ table: number; }'.
  for await (const order of clerk.stream({ message: { type: 'orders', day: 1 } })) order.chair;
}
