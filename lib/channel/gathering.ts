/** Who holds back what it could send, until a gathering is over. */
export interface Gatherer {
  gathered(): void;
}

/**
 * The time in which what came together is answered: until no microtask is left.
 *
 * The answers come one after the other. A write for the first alone would cost more than it gains, here and where it wakes the
 * other side, and what the other side then does about it comes back as single frames. Outboxes of one process share a
 * gathering, since what comes from one process may lead to messages to any other.
 */
export class Gathering {
  #gatherers: Gatherer[] = [];
  #active = false;

  get active(): boolean {
    return this.#active;
  }

  /** Begins, unless it has begun already. */
  begin(): void {
    if (this.#active) return;

    this.#active = true;
    queueMicrotask(() => process.nextTick(() => this.#end()));
  }

  /** Tells the gatherer when this is over. */
  join(gatherer: Gatherer): void {
    this.#gatherers.push(gatherer);
  }

  #end(): void {
    const gatherers = this.#gatherers;
    this.#gatherers = [];
    this.#active = false;
    for (const gatherer of gatherers) gatherer.gathered();
  }
}
