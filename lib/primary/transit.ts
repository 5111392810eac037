/** What is on its way from one worker to another. */
interface Load {
  parcels: number;
  bytes: number;
}

/** How much may be on its way. */
export interface TransitLimits {
  /** So many parcels are always let through: no worker of ours sends more before it hears of them. */
  readonly parcels: number;
  /** More may be on their way, as when a worker ends, as long as they do not take more. */
  readonly bytes: number;
}

/** Counts what waits in the primary between any two workers, so that one that does not wait for the other cannot fill it. */
export class Transit {
  readonly #limits: TransitLimits;
  readonly #loads = new Map<string, Load>();

  constructor(limits: TransitLimits) {
    this.#limits = limits;
  }

  /** How many pairs of workers have something on its way. */
  get size(): number {
    return this.#loads.size;
  }

  /** Lets a parcel in; returns whether there was room for it. */
  enter(pair: string, bytes: number): boolean {
    const load = this.#loads.get(pair) ?? { parcels: 0, bytes: 0 };
    if (load.parcels >= this.#limits.parcels && load.bytes + bytes > this.#limits.bytes) return false;

    load.parcels++;
    load.bytes += bytes;
    this.#loads.set(pair, load);
    return true;
  }

  /** It has left, whichever way. */
  leave(pair: string, bytes: number): void {
    const load = this.#loads.get(pair);
    if (load === undefined) return;

    load.parcels--;
    load.bytes -= bytes;
    if (load.parcels === 0) this.#loads.delete(pair);
  }
}
