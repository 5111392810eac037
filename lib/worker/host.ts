import type { Cluster, Worker } from 'node:cluster';
import { NotAWorkerError, WorkerExistsError } from '../errors/errors.js';

// Node's types take this for the namespace of the module; it is what the module exports by default.
const cluster = process.getBuiltinModule('node:cluster') as unknown as Cluster;

/** The process this code runs in, as Node's cluster sees it. */
export const host = {
  /** Whether a primary forked this process. */
  get isWorker(): boolean {
    return cluster.isWorker;
  },

  /** Node's own worker object; `undefined` outside a worker process. */
  get node(): Worker | undefined {
    return cluster.worker;
  },

  /** Calls back when the channel to the primary closes, before Node would end this process because of that. */
  onDisconnect(callback: (expected: boolean) => void): void {
    const { worker } = cluster;
    worker?.once('disconnect', () => {
      const expected = worker.exitedAfterDisconnect === true;
      // Node asks this right after: unless it is set, it calls `process.exit(0)`, whatever still runs.
      worker.exitedAfterDisconnect = true;
      callback(expected);
    });
  },
};

/**
 * Lets the first `ClusterWorker` of a worker process pass.
 *
 * @param current the one that there is already.
 * @throws {@link NotAWorkerError} with code `CLUSTER_NOT_A_WORKER`
 * @throws {@link WorkerExistsError} with code `CLUSTER_WORKER_EXISTS`
 */
export function assertWorkerProcess(current: object | undefined): void {
  const { pid } = process;
  if (!host.isWorker) {
    throw new NotAWorkerError('A ClusterWorker was constructed in a process that no ClusterPrimary forked', { pid });
  }
  if (current) throw new WorkerExistsError('This process has a ClusterWorker already', { pid });
}
