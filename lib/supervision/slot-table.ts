import { WorkerNameError } from '../errors/errors.js';
import type { RestartSettings } from './restart-policy.js';
import { createSlot, type SlotIdentity, type SlotStart, type SlotState } from './slot.js';

/** What is asked for: slots of a group, of which only a single one may be given a name. */
export interface SlotRequest extends SlotStart {
  readonly group: string;
  /** How many slots. @default 1 */
  readonly count?: number | undefined;
  readonly name?: string | undefined;
  readonly restart: RestartSettings;
  /** @default 'worker' */
  readonly role?: SlotIdentity['role'] | undefined;
  /** @default false */
  readonly ownSettings?: boolean | undefined;
}

/** A slot's identity, but for what the table finds itself. */
type Kind = Pick<SlotIdentity, 'group' | 'role'>;

/** Destinations of messages that are no worker's name. */
const reservedNames: ReadonlySet<string> = new Set(['all', 'others', 'primary']);
const longestName = 128;

/** All slots, in the order they were made; gives out names and numbers. */
export class SlotTable implements Iterable<SlotState> {
  readonly #byName = new Map<string, SlotState>();

  /** How many slots there are. */
  get size(): number {
    return this.#byName.size;
  }

  /**
   * Makes the slots asked for, or none of them.
   *
   * @throws {@link WorkerNameError} with code `CLUSTER_WORKER_NAME`, when the name cannot be had.
   */
  claim({ count = 1, name, role = 'worker', ownSettings = false, group, restart, ...start }: SlotRequest): SlotState[] {
    if (name !== undefined) this.#checkName(name, count);

    const kind = { group, role };
    const taken = new Set(this.of(group, role).map(({ index }) => index));
    return Array.from({ length: count }, () => {
      const index = this.#freeIndex(kind, name, taken);
      taken.add(index);
      const identity = { ...kind, index, name: name ?? defaultName(kind, index), restart, ownSettings };
      const slot = createSlot(identity, start);
      this.#byName.set(slot.name, slot);
      return slot;
    });
  }

  /** Gives a slot's name and number back; returns whether it was here. */
  release(slot: SlotState): boolean {
    return this.has(slot) && this.#byName.delete(slot.name);
  }

  /** Whether this very slot is here, and not a later one of the same name. */
  has(slot: SlotState): boolean {
    return this.#byName.get(slot.name) === slot;
  }

  /** The slots of a group: of workers, of spare processes, or all. */
  of(group: string, role?: SlotIdentity['role']): SlotState[] {
    return [...this].filter(slot => slot.group === group && (role === undefined || slot.role === role));
  }

  [Symbol.iterator](): IterableIterator<SlotState> {
    return this.#byName.values();
  }

  #checkName(name: string, count: number): void {
    const refuse = (why: string): never => {
      throw new WorkerNameError(`A worker cannot be named \`${name}\`: ${why}`, { name });
    };
    if (count !== 1) refuse(`a name belongs to one worker, and ${count} were asked for`);
    if (name === '' || name.length > longestName) refuse(`a name has 1 to ${longestName} characters`);
    if (reservedNames.has(name)) refuse('the name is reserved');
    if (/^\d+$/.test(name)) refuse('it would be taken for an id');
    if (this.#byName.has(name)) refuse('the name is taken');
  }

  /** The smallest free one; one whose default name another slot was given is passed over. */
  #freeIndex(kind: Kind, name: string | undefined, taken: ReadonlySet<number>): number {
    let index = 0;
    while (taken.has(index) || (name === undefined && this.#byName.has(defaultName(kind, index)))) index++;
    return index;
  }
}

function defaultName({ group, role }: Kind, index: number): string {
  return role === 'worker' ? `${group}-${index}` : `${group}-standby-${index}`;
}
