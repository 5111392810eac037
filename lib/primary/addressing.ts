import { InvalidOptionError, NoWorkerError, UnknownWorkerError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import type { Slot } from '../supervision/slot.js';
import { describeValue } from '../util/check.js';
import { type CheckedSelection, type CheckedTarget, checkTarget } from './selection.js';
import type { Selector } from './selector.js';
import type { Supervisor } from './supervisor.js';
import { WorkerHandle } from './worker-handle.js';

/** One receiver: a worker, a slot whose next worker it will be, or the reason why there is none. */
export type Addressee = WorkerHandle | Slot | Error;

/** What is on its way, and from whom. */
export interface Letter {
  readonly message: unknown;
  /** The worker that sends; `undefined` for the primary. */
  readonly from?: WorkerHandle | undefined;
  /** Workers that are no receivers. */
  readonly except?: ReadonlySet<WorkerHandle> | undefined;
}

/** Whether `to` names the whole cluster, as far as it is ready. */
export function isEverybody(to: unknown): boolean {
  return to === 'all' || to === 'others';
}

/** Whether `to` may name any number of workers, one included. */
export function isSeveral(to: unknown): boolean {
  return isEverybody(to) || Array.isArray(to) || (isTarget(to) && 'select' in to && to.select === 'all');
}

/** Whether `to` is an object that says how to select; what it says is still unchecked. */
export function isTarget(to: unknown): to is object {
  if (typeof to !== 'object' || to === null || to instanceof WorkerHandle) return false;

  const prototype: unknown = Object.getPrototypeOf(to);
  return prototype === Object.prototype || prototype === null;
}

/** A destination that selects one, checked. Throws as {@link checkTarget} does. */
export function targetOf(to: object, { message }: Pick<Letter, 'message'>): CheckedSelection {
  const target = checkTarget(to, dispatchType(message) ?? '');
  if (isOne(target)) return target;

  throw new InvalidOptionError('Expected `to` to select one worker', { option: 'to', value: to });
}

/** Finds whom a `to` means. */
export class AddressBook {
  readonly #supervisor: Supervisor;
  readonly #selector: Selector;

  constructor(supervisor: Supervisor, selector: Selector) {
    this.#supervisor = supervisor;
    this.#selector = selector;
  }

  /**
   * Everybody that `to` names, each once.
   *
   * @throws {@link NoWorkerError} with code `CLUSTER_NO_WORKER`, when `to` is `undefined`
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, when it is no destination at all
   * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
   */
  addressees(to: unknown, letter: Letter): readonly Addressee[] {
    // The usual cases, and the rest costs more than a send.
    if (to instanceof WorkerHandle) return [to];
    if (!Array.isArray(to)) return [this.#resolve(to, letter)].flat();

    return [...new Set(to.flatMap(each => this.#resolve(each, letter)))];
  }

  /** The worker with this name, or its slot while one worker leaves: then the next is meant. */
  named(name: string, except?: ReadonlySet<WorkerHandle>): Addressee {
    const { roster, slots } = this.#supervisor;
    const worker = roster.named(name);
    if (worker && isReachable(worker) && !except?.has(worker)) return worker;

    const slot = slots.find(each => each.name === name);
    if (slot?.desired === 'up' && slot.phase !== 'down') return slot;
    return worker ?? (slot ? this.#supervisor.whyNot(slot) : this.#unknown(name));
  }

  #resolve(to: unknown, letter: Letter): Addressee | readonly Addressee[] {
    const { roster } = this.#supervisor;
    if (to instanceof WorkerHandle) return to;
    if (to === 'all') return roster.ready;
    if (to === 'others') return roster.ready.filter(worker => worker !== letter.from);
    if (typeof to === 'number') return roster.byId[to] ?? this.#unknown(to);
    if (typeof to === 'string') return this.named(to, letter.except);
    if (isTarget(to)) return this.#selected(to, letter);
    if (to === undefined) throw new NoWorkerError('There is no worker to send to: `to` is undefined', { to });

    const expected = "a worker's handle, id or name, a selection, or an array of these";
    const message = `Expected \`to\` to be ${expected}, got ${describeValue(to)}`;
    throw new InvalidOptionError(message, { option: 'to', value: to });
  }

  #selected(to: object, { message, except }: Letter): Addressee | readonly Addressee[] {
    const target = checkTarget(to, dispatchType(message) ?? '');
    try {
      if (!isOne(target)) return this.#selector.ready(target.group);

      return this.#selector.select(target, except) ?? nobody(to, target);
    } catch (error) {
      // An unknown group: the others of an array are spared.
      return error as Error;
    }
  }

  #unknown(to: number | string): UnknownWorkerError {
    const known = this.#supervisor.slots.map(({ name }) => name);
    const message = `There is no worker ${describeValue(to)}; there are ${known.join(', ') || 'none'}`;
    return new UnknownWorkerError(message, { to, known });
  }
}

function isOne(target: CheckedTarget): target is CheckedSelection {
  return target.strategy !== 'all';
}

function isReachable({ state }: WorkerHandle): boolean {
  return state === 'starting' || state === 'online' || state === 'ready';
}

function nobody(to: object, { group }: CheckedSelection): NoWorkerError {
  const where = group === undefined ? '' : ` of group \`${group}\``;
  return new NoWorkerError(`No worker${where} is ready`, { to });
}
