import type { ExitRecord } from '../supervision/exit-record.js';

/**
 * What happened in a slot, a group or a cluster since it was made. Numbers never go back: they count on over every
 * replacement, and those of a slot that is given up stay in its group's.
 */
export interface Statistics {
  /** Processes that were started, or could not be. */
  readonly forks: number;
  /** Processes that are gone. */
  readonly exits: number;
  /** Processes that took the place of one that had left unasked. */
  readonly restarts: number;
  /** Exits that the primary had not asked for. */
  readonly failures: number;
  /** Failures of workers that hung. */
  readonly hung: number;
  /** Messages of workers to the primary. */
  readonly messagesReceived: number;
  /** Requests of workers to the primary, streams included. */
  readonly requestsReceived: number;
  /** Messages and requests that workers have handled, as they tell with their heartbeat. */
  readonly messagesHandled: number;
  /** Things sent by workers that were refused and dropped. */
  readonly violations: number;
  /** Messages to workers that could not be sent. */
  readonly sendErrors: number;
}

/**
 * The counters of one slot, over all its processes.
 *
 * Its fields are public since counting a message must cost no more than adding one; only the library ever holds it.
 *
 * @internal
 */
export class Tally implements Statistics {
  forks = 0;
  exits = 0;
  restarts = 0;
  failures = 0;
  hung = 0;
  messagesReceived = 0;
  requestsReceived = 0;
  messagesHandled = 0;
  violations = 0;
  sendErrors = 0;
  #isReplacement = false;

  /** A process was started in the slot, or was to be. */
  forked(): void {
    this.forks++;
    this.occupied();
  }

  /** A process is there now: a new one, or a spare one that has moved in. */
  occupied(): void {
    if (this.#isReplacement) this.restarts++;
    this.#isReplacement = false;
  }

  /** A process is gone. */
  exited({ cause, expected }: Pick<ExitRecord, 'cause' | 'expected'>): void {
    this.exits++;
    if (cause === 'hung') this.hung++;
    if (expected) return;

    this.failures++;
    this.#isReplacement = true;
  }

  /**
   * Counts what a process has handled since it told last.
   *
   * @param total what it tells to have handled since its start; anything but a number that rises is no news.
   * @param before what this returned for the same process before, or 0.
   * @returns what to pass as `before` next time.
   */
  handled(total: number | undefined, before: number): number {
    if (total === undefined || !Number.isSafeInteger(total) || total <= before) return before;

    this.messagesHandled += total - before;
    return total;
  }
}

/** What an account is kept for. */
export interface Accountable {
  readonly group: string;
}

/** Every tally of a cluster: of the slots that there are, and for each group of those that were given up. @internal */
export class Ledger {
  readonly #open = new Map<Accountable, Tally>();
  readonly #closed = new Map<string, Tally>();

  /** The sums of all groups. */
  get total(): Statistics {
    return this.#sum([...this.#open.values(), ...this.#closed.values()]);
  }

  /** The slot's tally, made when first asked for. */
  tally(slot: Accountable): Tally {
    const known = this.#open.get(slot);
    if (known) return known;

    const tally = new Tally();
    this.#open.set(slot, tally);
    return tally;
  }

  /** A process is started in the slot, or is to be; returns the slot's tally. */
  forked(slot: Accountable): Tally {
    const tally = this.tally(slot);
    tally.forked();
    return tally;
  }

  /** The slot is given up: its numbers are its group's from now on. */
  close(slot: Accountable): void {
    const tally = this.#open.get(slot);
    if (!tally) return;

    const closed = this.#closed.get(slot.group) ?? new Tally();
    add(closed, tally);
    this.#closed.set(slot.group, closed);
    this.#open.delete(slot);
  }

  /** What has happened in the slot so far. */
  of(slot: Accountable): Statistics {
    return snapshot(this.#open.get(slot) ?? new Tally());
  }

  /** What has happened in the group so far, in slots that were given up too. */
  ofGroup(group: string): Statistics {
    const tallies = [...this.#open].flatMap(([slot, tally]) => (slot.group === group ? [tally] : []));
    return this.#sum([...tallies, this.#closed.get(group) ?? new Tally()]);
  }

  #sum(parts: readonly Tally[]): Statistics {
    const sum = new Tally();
    for (const part of parts) add(sum, part);
    return snapshot(sum);
  }
}

function add(sum: Tally, part: Tally): void {
  for (const counter of Object.keys(sum) as (keyof Statistics)[]) sum[counter] += part[counter];
}

function snapshot(tally: Tally): Statistics {
  return Object.freeze({ ...tally });
}
