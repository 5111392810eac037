// Wrong selections. Each line under a comment is the compile error that the comment describes.
import type { ClusterPrimary, ClusterWorker, WorkerHandle } from '../../../lib/index.js';
import type { Kitchen } from '../good.js';

declare const chef: ClusterPrimary<Kitchen>;
declare const cook: ClusterWorker<Kitchen>;
declare const worker: WorkerHandle<Kitchen>;
const message = { type: 'status' } as const;

// error TS2345: Property 'key' is missing in type '{ strategy: "hash"; }' but required in type 'ByKey'.
chef.select({ strategy: 'hash' });
// error TS2322: Type 'string' is not assignable to type 'undefined'.
chef.select({ strategy: 'leastPending', key: 'soup' });
// error TS2345: Property 'strategy' is missing in type '{ key: string; }' but required in type '{ readonly strategy: "hash"; }'.
chef.select({ key: 'soup' });
// error TS2322: Type 'string' is not assignable to type 'undefined'.
chef.select({ strategy: 'hash', key: 'soup', tag: 'cook' });
// error TS2322: Type '"random"' is not assignable to type '"hash" | TurnStrategy | undefined'.
chef.select({ strategy: 'random' });
// error TS2353: Object literal may only specify known properties, and 'select' does not exist in type 'ByKey & { readonly strategy: "hash"; }'.
chef.select({ select: 'hash', key: 'soup' });
// error TS2322: Type '{}' is not assignable to type 'WorkerTarget<Kitchen> | undefined'.
void chef.request({ message, to: {} });
// error TS2322: Property 'select' is missing in type '{ tag: string; }' but required in type '{ readonly select: TurnStrategy; }'.
void chef.request({ message, to: { tag: 'soup' } });
// error TS2322: Property 'key' is missing in type '{ select: "hash"; }' but required in type 'ByKey'.
void chef.request({ message, to: { select: 'hash' } });
// error TS2322: Type '"all"' is not assignable to type '"hash" | TurnStrategy | undefined'.
void chef.request({ message, to: { group: 'default', select: 'all' } });
// error TS2322: Property 'select' is missing in type '{ group: string; key: string; }' but required in type '{ readonly select: "hash"; }'.
void chef.request({ message, to: { group: 'default', key: 'soup' } });
// error TS2322: Type 'WorkerHandle<Kitchen>[]' is not assignable to type 'WorkerTarget<Kitchen> | undefined'.
void chef.request({ message, to: [worker] });
// error TS2322: Type 'string' is not assignable to type 'undefined'.
void chef.send({ message: { type: 'close' }, to: { select: 'all', key: 'soup' } });
// error TS2322: Type 'number' is not assignable to type 'RetryOptions'.
void chef.request({ message, retry: 3 });
// error TS2353: Object literal may only specify known properties, and 'retry' does not exist in type 'WorkerRequestOrder<{ readonly type: "status"; }>'.
void worker.request({ message, retry: { attempts: 3 } });
// error TS2353: Object literal may only specify known properties, and 'retry' does not exist in type 'WorkerRequestOrder<Kitchen, "pantry">'.
void cook.request({ message: { type: 'pantry', name: 'salt' }, retry: { attempts: 3 } });
