import { checkOption } from '../errors/check-option.js';
import { string } from '../util/check.js';
import { Ring } from '../util/ring.js';
import type { Member } from './roster.js';

/** Among which workers, and in whose turn order, one is selected. */
export interface RoundRobinOptions {
  /** Each tag has an order of its own. @default '' */
  readonly tag?: string | undefined;
  /** Only workers of this group. @default all workers, with an order of their own */
  readonly group?: string | undefined;
}

/** How a balancer is made. */
export interface BalancerOptions {
  /** How many tags are remembered for each group, at least 1. @default 10_000 */
  readonly maxTags?: number | undefined;
}

/** The turns among one set of workers, one ring for each tag. */
class Turns<H extends Member> {
  readonly #members = new Set<H>();
  /** The least recently used first. */
  readonly #rings = new Map<string, Ring<H>>();
  readonly #maxTags: number;
  #tag: string | undefined;
  #ring = new Ring<H>();

  constructor(maxTags: number) {
    this.#maxTags = maxTags;
  }

  add(handle: H): boolean {
    if (this.#members.has(handle)) return false;

    this.#members.add(handle);
    for (const ring of this.#rings.values()) ring.add(handle);
    return true;
  }

  remove(handle: H): boolean {
    if (!this.#members.delete(handle)) return false;

    for (const ring of this.#rings.values()) ring.delete(handle);
    return true;
  }

  next(tag: string): H | undefined {
    return this.of(tag).next();
  }

  of(tag: string): Ring<H> {
    // A hot loop mostly stays with one tag, which then costs no look-up.
    if (tag !== this.#tag) this.#turnTo(tag);
    return this.#ring;
  }

  #turnTo(tag: string): void {
    const ring = this.#rings.get(tag) ?? new Ring(this.#members);
    this.#rings.delete(tag);
    this.#rings.set(tag, ring);
    this.#tag = tag;
    this.#ring = ring;
    if (this.#rings.size > this.#maxTags) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#rings.keys().next();
    if (!oldest.done) this.#rings.delete(oldest.value);
  }
}

/**
 * Selects ready workers in turn.
 *
 * For each tag, and each group, the one least recently selected comes next; a newcomer comes before all that were
 * selected before. Tags are remembered up to a limit; the least recently used is then forgotten and starts anew when
 * it is used again, with the worker that became ready first.
 *
 * @example
 * ```ts
 * balancer.roundRobin({ tag: 'thumbnails' })?.send({ message });
 * ```
 */
export class Balancer<H extends Member> {
  readonly #everyone: Turns<H>;
  readonly #groups = new Map<string, Turns<H>>();
  readonly #maxTags: number;

  constructor({ maxTags = 10_000 }: BalancerOptions = {}) {
    this.#maxTags = maxTags;
    this.#everyone = new Turns(maxTags);
  }

  /** Lets a worker take turns from now on; returns false if it does already. */
  add(handle: H): boolean {
    this.#turnsOf(handle.group).add(handle);
    return this.#everyone.add(handle);
  }

  /** Never selects the worker again; returns false if it took no turns. */
  remove(handle: H): boolean {
    this.#groups.get(handle.group)?.remove(handle);
    return this.#everyone.remove(handle);
  }

  /**
   * The ready worker least recently selected for the tag, or `undefined` when there is none.
   *
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, for a tag that is no string
   */
  roundRobin({ tag = '', group }: RoundRobinOptions = {}): H | undefined {
    // Inlined for speed: a rule would cost as much as the selection.
    if (typeof tag !== 'string') checkOption('tag', tag, string);
    const turns = group === undefined ? this.#everyone : this.#groups.get(group);
    return turns?.next(tag);
  }

  /** The ready workers in the order of their turns for the tag, the next one first; nobody has a turn by that. */
  inTurn({ tag = '', group }: RoundRobinOptions = {}): Iterable<H> {
    const turns = group === undefined ? this.#everyone : this.#groups.get(group);
    return turns?.of(tag).inTurn() ?? [];
  }

  /** Counts a worker that somebody else selected as selected just now; returns false if it takes no turns. */
  take(handle: H, { tag = '', group }: RoundRobinOptions = {}): boolean {
    const turns = group === undefined ? this.#everyone : this.#groups.get(group);
    return turns?.of(tag).take(handle) ?? false;
  }

  #turnsOf(group: string): Turns<H> {
    const turns = this.#groups.get(group) ?? new Turns<H>(this.#maxTags);
    this.#groups.set(group, turns);
    return turns;
  }
}
