import { InvalidOptionError, NoWorkerError, UnknownWorkerError } from '../errors/errors.js';
import { notReplacedError, type Slot } from '../supervision/slot.js';
import { describeValue } from '../util/check.js';
import type { Supervisor } from './supervisor.js';
import { WorkerHandle } from './worker-handle.js';

/** One receiver: a worker, a slot whose next worker it will be, or the reason why there is none. */
export type Addressee = WorkerHandle | Slot | Error;

/**
 * Everybody that `to` names, each once.
 *
 * @throws {@link NoWorkerError} with code `CLUSTER_NO_WORKER`, when `to` is `undefined`
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, when it is no destination at all
 */
export function addressees(to: unknown, supervisor: Supervisor): Addressee[] {
  // The usual case, and the rest costs more than a send.
  if (to instanceof WorkerHandle) return [to];

  const destinations = Array.isArray(to) ? to : [to];
  return [...new Set(destinations.flatMap(each => resolve(each, supervisor)))];
}

/** Whether `to` names the whole cluster, as far as it is ready. */
export function isEverybody(to: unknown): boolean {
  return to === 'all' || to === 'others';
}

function resolve(to: unknown, supervisor: Supervisor): Addressee | readonly Addressee[] {
  if (to instanceof WorkerHandle) return to;
  if (isEverybody(to)) return supervisor.roster.ready;
  if (typeof to === 'number') return supervisor.roster.byId[to] ?? unknown(to, supervisor);
  if (typeof to === 'string') return named(to, supervisor);
  if (to === undefined) {
    throw new NoWorkerError('There is no worker to send to: `to` is undefined', { to });
  }

  const message = `Expected \`to\` to be a worker's handle, id or name, or an array of these, got ${describeValue(to)}`;
  throw new InvalidOptionError(message, { option: 'to', value: to });
}

function named(name: string, supervisor: Supervisor): Addressee {
  const worker = supervisor.roster.named(name);
  if (worker && isReachable(worker)) return worker;

  // A name stands for its slot: while one worker leaves, it means the next.
  const slot = supervisor.slots.find(each => each.name === name);
  if (slot?.desired === 'up' && slot.phase !== 'down') return slot;
  return worker ?? (slot ? notReplacedError(slot) : unknown(name, supervisor));
}

function isReachable({ state }: WorkerHandle): boolean {
  return state === 'starting' || state === 'online' || state === 'ready';
}

function unknown(to: number | string, supervisor: Supervisor): UnknownWorkerError {
  const known = supervisor.slots.map(({ name }) => name);
  const message = `There is no worker ${describeValue(to)}; there are ${known.join(', ') || 'none'}`;
  return new UnknownWorkerError(message, { to, known });
}
