import { PreventedError, ShutDownError } from '../errors/errors.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import type { OperationOrder } from '../supervision/operation.js';
import { waitOrAbort } from '../util/abortable.js';
import { ignorable } from '../util/ignorable.js';
import { autoWorkerCount } from './auto-count.js';
import { textOfChange } from './editions.js';
import type { PrimaryEvents } from './events.js';
import { crewCall, MessagingPrimary } from './messaging-primary.js';
import {
  checkGroupChoice,
  checkReload,
  checkScale,
  chosenGroup,
  chosenGroups,
  type GroupChoice,
  type ReloadOptions,
  type ScaleOptions,
} from './operation-options.js';
import type { Settlement } from './operations.js';
import { type ReloadReport, reloadError, reportOf } from './reload-report.js';
import type { Supervisor } from './supervisor.js';

/** Whether the cluster shuts down, or has: nothing is begun any more. @internal */
export const isEnding = Symbol('isEnding');

/** An operation, as its event tells of it. */
type Operation = 'scale' | 'drain' | 'resume' | 'recycle' | 'reload';

/**
 * The part of a primary that an operator uses.
 *
 * Each promise settles when the cluster is really in the state that was asked for. A call that is identical to the latest
 * one that is still running joins it; others wait for those before that are about the same group. `shutDown()` ends all.
 */
export abstract class OperatingPrimary<
  P extends Protocol = AnyProtocol,
  E extends PrimaryEvents = PrimaryEvents,
> extends MessagingPrimary<P, E> {
  /** @internal */
  protected abstract get [isEnding](): boolean;

  /**
   * Lets the group have so many workers: forks what is missing, or stops those that were added last.
   *
   * @throws {@link WorkerBootError} `CLUSTER_WORKER_BOOT` at the first new one that fails before it is ready, whose slot is
   * given up; {@link PreventedError} `CLUSTER_PREVENTED`, {@link ShutDownError} `CLUSTER_SHUT_DOWN`,
   * {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`
   */
  async scale(options: ScaleOptions): Promise<void> {
    const checked = checkScale(options);
    const supervisor = await this.#standing('scale');
    const group = chosenGroup(checked, supervisor.parts.groups);
    const workerCount = checked.workerCount === 'auto' ? autoWorkerCount() : checked.workerCount;
    this.#tell('scale', { group, workerCount });
    await this.#run(supervisor, { kind: 'scale', groups: [group], workerCount });
  }

  /**
   * Stops the workers of the group, or of all groups, gracefully. Their slots stay: nothing is forked until {@link resume}.
   *
   * @throws {@link PreventedError} `CLUSTER_PREVENTED`, {@link ShutDownError} `CLUSTER_SHUT_DOWN`,
   * {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`
   */
  async drain(options: GroupChoice = {}): Promise<void> {
    await this.#operate('drain', checkGroupChoice(options, 'drain()'));
  }

  /**
   * Starts the workers of the group, or of all groups, again: after {@link drain}, or after too many of them had failed.
   *
   * @throws {@link GroupFailedError} `CLUSTER_GROUP_FAILED` when they fail again, {@link PreventedError}
   * `CLUSTER_PREVENTED`, {@link ShutDownError} `CLUSTER_SHUT_DOWN`, {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`
   */
  async resume(options: GroupChoice = {}): Promise<void> {
    await this.#operate('resume', checkGroupChoice(options, 'resume()'));
  }

  /**
   * Replaces the workers of the group, or of all groups, one at a time, each new one before the old one stops.
   *
   * @throws {@link WorkerBootError} `CLUSTER_WORKER_BOOT` at the first new one that fails: the others stay as they are;
   * {@link PreventedError} `CLUSTER_PREVENTED`, {@link ShutDownError} `CLUSTER_SHUT_DOWN`,
   * {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`
   */
  async recycle(options: GroupChoice = {}): Promise<void> {
    await this.#operate('recycle', checkGroupChoice(options, 'recycle()'));
  }

  /**
   * Replaces the workers of the group, or of all groups, by new ones with other settings, or by the same script as it is
   * now: all of them, or, when one new worker fails, no more than were replaced by then.
   *
   * @returns which workers were replaced, by name.
   * @throws {@link ReloadError} `CLUSTER_RELOAD` with that report as its `details`, {@link WorkerScriptNotFoundError}
   * `CLUSTER_WORKER_SCRIPT_NOT_FOUND`, {@link PreventedError} `CLUSTER_PREVENTED`, {@link ShutDownError}
   * `CLUSTER_SHUT_DOWN`, {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`, or the signal's reason
   *
   * @example
   * await primary.reload({ group: 'api', env: { RELEASE: '42' }, stability: 5_000, rollback: true });
   */
  async reload(options: ReloadOptions = {}): Promise<ReloadReport> {
    const { script, args, env, signal, stride, stability, rollback, ...choice } = checkReload(options);
    const supervisor = await this.#standing('reload', signal);
    const { groups } = supervisor.parts;
    const isForAll = choice.group === undefined && script === undefined && args === undefined;
    const names = isForAll ? chosenGroups(choice, groups) : [chosenGroup(choice, groups)];
    const edition = supervisor.editions.add({ script, args, env });
    const change = textOfChange({ script, args, env });
    this.#tell('reload', { group: choice.group });
    const order = { kind: 'reload', groups: names, edition, change, stride, stability, rollback } as const;
    const { report, failed } = await supervisor.operations.run(order, signal);
    if (failed) {
      const error = reloadError(failed.reason, report, signal);
      this.#publishAnyway('reloadError', { error, report: reportOf(report) });
      throw error;
    }
    this.#publishAnyway('reloadComplete', { report: reportOf(report) });
    return reportOf(report);
  }

  async #operate(kind: 'drain' | 'resume' | 'recycle', choice: GroupChoice): Promise<void> {
    const supervisor = await this.#standing(kind);
    const groups = chosenGroups(choice, supervisor.parts.groups);
    this.#tell(kind, { group: choice.group });
    await this.#run(supervisor, { kind, groups });
  }

  async #run(supervisor: Supervisor, order: OperationOrder): Promise<void> {
    const { failed }: Settlement = await supervisor.operations.run(order);
    if (failed) throw failed.reason;
  }

  /** As it is inside `_initialize` of subclasses: set up, which is when there is something to operate on. */
  async #standing(operation: Operation, signal?: AbortSignal): Promise<Supervisor> {
    ignorable(this.ready);
    const { supervisor } = await waitOrAbort(this[crewCall].wait(), signal);
    if (this[isEnding]) throw new ShutDownError('The cluster is shutting down', { operation });
    return supervisor;
  }

  #tell<Name extends Operation>(name: Name, data: PrimaryEvents[Name]): void {
    // `E` is at least `PrimaryEvents`: its data for these names is what they say.
    if (this._publish(name, data as E[Name])) return;

    throw new PreventedError(`A subscriber prevented the ${name}`, { event: name });
  }

  #publishAnyway<Name extends 'reloadComplete' | 'reloadError'>(name: Name, data: PrimaryEvents[Name]): void {
    this._publish(name, data as E[Name]);
  }
}
