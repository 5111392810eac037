/** A change of status that is an event. */
export interface StatusChange {
  readonly from: string;
  readonly to: string;
}

/** The status that keeps a worker from stopping before its deadline. */
export const processing = 'PROCESSING';

/** What a worker says of itself; as long as it says nothing, its status follows from what it has to do. */
export class Status {
  readonly #isBusy: () => boolean;
  #said: string | undefined;
  #isReady = false;

  /** @param isBusy whether something is open. */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  /** What the worker said last; `undefined` as long as it said nothing. */
  get said(): string | undefined {
    return this.#said;
  }

  /** For whoever looks. */
  get shown(): string {
    return this.#said === undefined && this.#isReady && this.#isBusy() ? processing : this.#base;
  }

  /** The worker says it; returns the change, if it is one. */
  say(to: string): StatusChange | undefined {
    const from = this.#base;
    this.#said = to;
    return from === to ? undefined : { from, to };
  }

  /** The worker takes work from now on; returns the change, if that is one. */
  becomeReady(): StatusChange | undefined {
    const from = this.#base;
    this.#isReady = true;
    const to = this.#base;
    return from === to ? undefined : { from, to };
  }

  /** Without what comes and goes with each request, and is no event. */
  get #base(): string {
    return this.#said ?? (this.#isReady ? 'IDLE' : 'INITIALIZING');
  }
}
