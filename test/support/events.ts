import type { ClusterPrimary, ForkOptions, PrimaryEvents, WorkerHandle } from '../../lib/index.js';
import { withDeadline } from './with-deadline.js';

type Name = keyof PrimaryEvents & string;

/** The next `count` events of this name, in order. */
export function next<N extends Name>(
  primary: ClusterPrimary,
  name: N,
  count = 1,
  ms = 10_000,
): Promise<PrimaryEvents[N][]> {
  const seen: PrimaryEvents[N][] = [];
  const all = new Promise<PrimaryEvents[N][]>(resolve => {
    const subscription = primary.after(name, (event: { readonly data: PrimaryEvents[N] }) => {
      seen.push(event.data);
      if (seen.length < count) return;

      subscription.unsubscribe();
      resolve(seen);
    });
  });
  return withDeadline(all, ms, `${name} (${count})`);
}

/** The next event of this name. */
export async function nextOf<N extends Name>(primary: ClusterPrimary, name: N, ms = 10_000): Promise<PrimaryEvents[N]> {
  const [first] = await next(primary, name, 1, ms);
  return first as PrimaryEvents[N];
}

/** The next event of this name, which is prevented, as all later ones are. */
export function prevented<N extends Name>(primary: ClusterPrimary, name: N, ms = 10_000): Promise<PrimaryEvents[N]> {
  const first = new Promise<PrimaryEvents[N]>(resolve => {
    primary.before(name, (event: { readonly data: PrimaryEvents[N]; prevent(): void }) => {
      event.prevent();
      resolve(event.data);
    });
  });
  return withDeadline(first, ms, name);
}

/** The names of these events, in the order in which they come from now on. */
export function record(primary: ClusterPrimary, names: readonly Name[]): string[] {
  const seen: string[] = [];
  for (const name of names) primary.before(name, () => void seen.push(name));
  return seen;
}

/** One more worker, ready. */
export async function forkOne(primary: ClusterPrimary, options: ForkOptions = {}): Promise<WorkerHandle> {
  const [worker] = await primary.fork({ ...options, workerCount: 1 });
  return worker as WorkerHandle;
}

/** The first ready worker. */
export function firstWorker(primary: ClusterPrimary): WorkerHandle {
  const [worker] = primary.workers;
  if (worker) return worker;

  throw new Error('There is no worker');
}

/** The process id of a worker that was forked. */
export function pidOf(worker: WorkerHandle): number {
  if (worker.pid !== undefined) return worker.pid;

  throw new Error('The worker has no process');
}
