import type { Cluster, ClusterSettings, Worker } from 'node:cluster';
import { NotAPrimaryError, SchedulingPolicyError } from '../errors/errors.js';
import type { SchedulingPolicy } from './options.js';
import type { WorkerSettings } from './worker-settings.js';

/** What is added to a worker's environment. */
export type WorkerEnvironment = Readonly<Record<string, string | undefined>>;

// Node's types take this for the namespace of the module; it is what the module exports by default.
const cluster = process.getBuiltinModule('node:cluster') as unknown as Cluster;

let claimed: SchedulingPolicy | undefined;

/** @throws {@link NotAPrimaryError} with code `CLUSTER_NOT_A_PRIMARY`, in a worker process. */
export function assertPrimaryProcess(): void {
  if (cluster.isPrimary) return;

  const message =
    'A ClusterPrimary was constructed in a worker process: let `workerScript` name the file of the worker, ' +
    'or ask `ClusterWorker.isWorker` when one file is both';
  throw new NotAPrimaryError(message, { pid: process.pid });
}

/**
 * Sets the scheduling policy of this process, before Node freezes it at the first use.
 *
 * @throws {@link SchedulingPolicyError} with code `CLUSTER_SCHEDULING_POLICY`, when another one is in force: Node would
 * ignore the second one silently.
 */
export function claimSchedulingPolicy(wanted: SchedulingPolicy | undefined): void {
  if (wanted === undefined) return;

  const inForce = cluster.schedulingPolicy === cluster.SCHED_NONE ? 'none' : 'rr';
  const frozen = claimed !== undefined || Object.keys(cluster.settings).length > 0;
  if (frozen && wanted !== inForce) {
    const message = `Expected \`schedulingPolicy\` to be \`${inForce}\`, which this process uses already, got \`${wanted}\``;
    throw new SchedulingPolicyError(message, { wanted, inForce });
  }
  claimed = wanted;
  cluster.schedulingPolicy = wanted === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR;
}

/** Forks a worker. Node's settings are global and apply to the next fork, so setting them and forking are one step. */
export function launch(settings: WorkerSettings, env: WorkerEnvironment): Worker {
  cluster.setupPrimary(settings as ClusterSettings);
  return cluster.fork(env);
}
