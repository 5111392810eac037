// Compile-only: what the classes make of a protocol. `tsc` is the test.
import type {
  ClusterPrimary,
  ClusterWorker,
  Incoming,
  PeerIdentity,
  PeerMessageEvent,
  PrimaryHandlers,
  Reply,
  RequestTypeOf,
  StreamItem,
  StreamTypeOf,
  WorkerHandle,
  WorkerHandlers,
  WorkerMessageEvent,
  WorkerRequestEvent,
} from '../../lib/index.js';
import type { HeadChef, Kitchen, SousChef } from './good.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function check<_T extends true>(): void {}

// What a message looks like.
check<Equal<Incoming<Kitchen, 'workerMessage', 'plated'>, { readonly type: 'plated'; table: number }>>();
check<Equal<Incoming<Kitchen, 'peerMessage', 'pass'>, { readonly type: 'pass'; dish: string }>>();
check<Equal<Incoming<Kitchen, 'primaryRequest', 'status'>, { readonly type: 'status' }>>();

// What a request is answered with, and what is a stream.
check<Equal<Reply<Kitchen, 'primaryRequest', 'recipe'>, string[]>>();
check<Equal<Reply<Kitchen, 'workerRequest', 'pantry'>, { left: number }>>();
check<Equal<Reply<Kitchen, 'peerRequest', 'taste'>, { salt: boolean }>>();
check<Equal<RequestTypeOf<Kitchen, 'primaryRequest'>, 'status' | 'recipe'>>();
check<Equal<StreamTypeOf<Kitchen, 'primaryRequest'>, 'menu'>>();
check<Equal<StreamItem<Kitchen, 'primaryRequest', 'menu'>, string>>();

// Which handlers there have to be.
check<
  Equal<
    keyof PrimaryHandlers<Kitchen>,
    '_eventWorkerMessage_plated' | '_eventWorkerMessage_burnt' | '_eventWorkerRequest_pantry'
  >
>();
check<
  Equal<
    keyof WorkerHandlers<Kitchen>,
    | '_eventPrimaryMessage_cook'
    | '_eventPrimaryMessage_close'
    | '_eventPrimaryRequest_status'
    | '_eventPrimaryRequest_recipe'
    | '_eventPrimaryRequest_menu'
    | '_eventPeerMessage_pass'
    | '_eventPeerRequest_taste'
  >
>();

// What an event carries.
check<Equal<WorkerMessageEvent<Kitchen, 'plated'>['data']['worker'], WorkerHandle<Kitchen>>>();
check<Equal<WorkerRequestEvent<Kitchen, 'pantry'>['data']['signal'], AbortSignal>>();
check<Equal<PeerMessageEvent<Kitchen, 'pass'>['data']['from'], PeerIdentity>>();
check<Equal<WorkerMessageEvent<Kitchen, 'plated'>['name'], 'workerMessage'>>();

// What the members return.
check<Equal<ClusterPrimary<Kitchen>['workers'], readonly WorkerHandle<Kitchen>[]>>();
check<Equal<ReturnType<ClusterPrimary<Kitchen>['roundRobin']>, WorkerHandle<Kitchen> | undefined>>();
check<Equal<ReturnType<ClusterWorker<Kitchen>['send']>, Promise<void>>>();
check<Equal<SousChef['ready'], Promise<SousChef>>>();
check<Equal<ReturnType<SousChef['initialize']>, Promise<SousChef>>>();

// A subclass can stand where its base is wanted.
export const upcast: (sousChef: SousChef) => HeadChef = sousChef => sousChef;
