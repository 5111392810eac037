import { checkKnown, checkOption } from '../errors/check-option.js';
import { InvalidOptionError, RequestTimeoutError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import type { Slot } from '../supervision/slot.js';
import { instanceOf, nonEmptyString, optional, record } from '../util/check.js';
import type { Clock } from '../util/clock.js';
import { AddressBook, type Addressee, isSeveral, isTarget, type Letter, targetOf } from './addressing.js';
import type { CheckedSelection } from './selection.js';
import { Selector } from './selector.js';
import type { Supervisor } from './supervisor.js';
import type { Patience } from './waiting-list.js';
import { WorkerHandle } from './worker-handle.js';

/** What is on its way, and how long it can wait for a receiver. */
export interface Wait extends Letter {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** Told, before the promise rejects, when what is waited for will not come. */
  readonly lost?: ((error: Error) => void) | undefined;
}

/** Which worker to wait for. */
export interface ReadyOptions {
  /** @default any */
  readonly group?: string | undefined;
  /** Ends the waiting: the promise rejects with its `reason`. */
  readonly signal?: AbortSignal | undefined;
}

const readyNames = ['group', 'signal'];
const groupRule = optional(nonEmptyString);
const signalRule = optional(instanceOf(AbortSignal));

/**
 * The options of `whenReady()`, checked.
 *
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function checkReadyOptions(options: ReadyOptions): ReadyOptions {
  checkOption('whenReady()', options, record);
  checkKnown(readyNames, options, 'whenReady()');
  checkOption('group', options.group, groupRule);
  checkOption('signal', options.signal, signalRule);
  return options;
}

/** Finds who receives a message, a request or a stream, and waits for those that are on their way. */
export class Receivers {
  readonly #supervisor: Supervisor;
  readonly #clock: Clock;
  readonly #selector: Selector;
  readonly #book: AddressBook;

  constructor(supervisor: Supervisor, clock: Clock) {
    this.#supervisor = supervisor;
    this.#clock = clock;
    this.#selector = new Selector(supervisor);
    this.#book = new AddressBook(supervisor, this.#selector);
  }

  /** Every ready worker, in the order they became ready. */
  get everybody(): readonly WorkerHandle[] {
    return this.#supervisor.roster.ready;
  }

  /** Everybody that `to` means, each once, without waiting. Throws as {@link AddressBook.addressees} does. */
  all(to: unknown, letter: Letter): readonly Addressee[] {
    return this.#book.addressees(to, letter);
  }

  /**
   * The one that `to` means: at once if it is there, later if it is on its way. Throws, and rejects, with the reason why
   * there is none.
   *
   * @throws {@link NoWorkerError} `CLUSTER_NO_WORKER`, {@link UnknownWorkerError} `CLUSTER_UNKNOWN_WORKER`,
   * {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`, {@link InvalidOptionError} `CLUSTER_INVALID_OPTION` when `to` is not
   * one, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`
   */
  one(to: unknown, wait: Wait): WorkerHandle | Promise<WorkerHandle> {
    if (to instanceof WorkerHandle) return to;
    if (isSeveral(to)) {
      throw new InvalidOptionError('Expected `to` of a request to be one worker', { option: 'to', value: to });
    }
    if (isTarget(to)) return this.#selected(targetOf(to, wait), wait);

    const [target] = this.#book.addressees(to, wait);
    if (target instanceof WorkerHandle) return target;
    if (target === undefined || target instanceof Error) throw target;

    return this.afterFork(target, wait, worker => worker);
  }

  /** The one whose turn it is for the type of the message: where it does not matter who. */
  next(wait: Wait): WorkerHandle | Promise<WorkerHandle> {
    const { groups } = this.#supervisor.parts;
    const group = groups.only?.name;
    if (group === undefined) throw noReceiverError();

    const tag = dispatchType(wait.message) ?? '';
    // The usual case, spelt out: it is on the way of every request.
    const usual = wait.except === undefined ? this.#supervisor.balancer.roundRobin({ tag }) : undefined;
    return usual ?? this.#nextOf(group, tag, wait);
  }

  /** What `use` makes of the next process of a slot, in the very moment when that is forked. */
  afterFork<T>(slot: Slot, wait: Wait, use: (worker: WorkerHandle) => T | Promise<T>): Promise<T> {
    return this.#supervisor.nextProcess.waitFor(slot, this.#patience(wait), use);
  }

  /** The ready worker that the strategy selects. @throws {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP` */
  select(selection: CheckedSelection): WorkerHandle | undefined {
    return this.#selector.select(selection);
  }

  /**
   * A ready worker, the one that has been so for longest, as soon as there is one; it has no turn by that.
   *
   * @throws {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`, {@link GroupFailedError} `CLUSTER_GROUP_FAILED`,
   * {@link ShutDownError} `CLUSTER_SHUT_DOWN`
   */
  async whenReady({ group, signal }: ReadyOptions): Promise<WorkerHandle> {
    signal?.throwIfAborted();
    const wait = { message: undefined, signal, timeout: Number.POSITIVE_INFINITY };
    const choose = () => this.#selector.ready(group)[0];
    return choose() ?? this.#untilReady(choose, group, wait);
  }

  #nextOf(group: string, tag: string, wait: Wait): WorkerHandle | Promise<WorkerHandle> {
    const { groups } = this.#supervisor.parts;
    const selection = { strategy: 'roundRobin', tag, key: '' } as const;
    // Whoever waits may find, when its time has come, that there are several groups now.
    const choose = () => this.#selector.select({ ...selection, group: groups.only ? undefined : group }, wait.except);
    return choose() ?? this.#untilReady(choose, group, wait);
  }

  #selected(selection: CheckedSelection, wait: Wait): WorkerHandle | Promise<WorkerHandle> {
    const { except } = wait;
    const selected = this.#selector.select(selection, except);
    return selected ?? this.#untilReady(() => this.#selector.select(selection, except), selection.group, wait);
  }

  /** What `choose` finds when somebody becomes ready; throws when nobody will. */
  #untilReady(choose: () => WorkerHandle | undefined, group: string | undefined, wait: Wait): Promise<WorkerHandle> {
    const error = this.#supervisor.whyNobody(group);
    if (error) throw error;

    return this.#supervisor.nextReady.waitFor(group, this.#patience(wait), choose);
  }

  #patience({ message, signal, timeout, lost }: Wait): Patience {
    return { clock: this.#clock, timeout, timedOut: () => nobodyInTime(message, timeout), signal, lost };
  }
}

function noReceiverError(): InvalidOptionError {
  const message = 'Expected `to` of a request to be given, since there are several groups';
  return new InvalidOptionError(message, { option: 'to', value: undefined });
}

/** The error of a request that had nobody to go to for all of its time. */
export function nobodyInTime(message: unknown, timeout: number): RequestTimeoutError {
  const type = dispatchType(message);
  return new RequestTimeoutError(`No worker was ready to answer \`${type}\` within ${timeout} ms`, { type, timeout });
}
