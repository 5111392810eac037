/** What is asked for: a short answer, one after 300 ms, an upload, an answer in pieces, two at once on a socket of their own. */
export type Kind = 'small' | 'slow' | 'upload' | 'stream' | 'pair';

/** How far a request had come when it failed. */
export type Phase = 'connecting' | 'sent' | 'answering' | 'answered';

/** A request that was answered in full, and rightly. Times are those of `performance.now()`. */
export interface Answered {
  readonly kind: Kind;
  readonly start: number;
  readonly duration: number;
  /** The process that answered. */
  readonly worker: number;
  /** Whether the client keeps its connection for its next request. */
  readonly keepAlive: boolean;
}

/** A request that was not: nothing is tried again, so that each of these is one that a user would have seen. */
export interface Failed {
  readonly kind: Kind;
  readonly id: string;
  readonly start: number;
  readonly duration: number;
  readonly why: string;
  readonly phase: Phase;
  /** Whether the connection had served a request before. */
  readonly reused: boolean;
  /** Of the client's end of the connection, by which workers know it. */
  readonly port: number | undefined;
}

/** What a client knows of the connection of a request that failed, and of which request, unless it made only one. */
export type FailureFacts = Pick<Failed, 'phase' | 'reused' | 'port'> & { readonly id?: string | undefined };

/** The error of a request. */
export class RequestFailure extends Error {
  readonly id: string | undefined;
  readonly phase: Phase;
  readonly reused: boolean;
  readonly port: number | undefined;

  constructor(why: string, { id, phase, reused, port }: FailureFacts) {
    super(why);
    this.id = id;
    this.phase = phase;
    this.reused = reused;
    this.port = port;
  }
}

/** Which requests are meant: of one kind, begun within a period, or both. */
export interface Part {
  readonly kind?: Kind | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** What became of all requests. */
export class TrafficLog {
  readonly answered: Answered[] = [];
  readonly failed: Failed[] = [];

  get count(): number {
    return this.answered.length + this.failed.length;
  }

  /** Milliseconds that so many of 100 did not exceed, or 0 if there were no requests. */
  percentile(percent: number, part: Part = {}): number {
    const durations = this.#durations(part);
    return durations[Math.min(durations.length - 1, Math.floor((durations.length * percent) / 100))] ?? 0;
  }

  /** How many were answered. */
  countOf(part: Part): number {
    return this.#durations(part).length;
  }

  /** Of all, also those that failed. */
  get longest(): number {
    const longer = (most: number, { duration }: { readonly duration: number }) => Math.max(most, duration);
    return this.failed.reduce(longer, this.answered.reduce(longer, 0));
  }

  /** The processes that answered. */
  get workers(): ReadonlySet<number> {
    return new Set(this.answered.map(({ worker }) => worker));
  }

  /** The failures as lines that a person can read, the first of them in full. */
  get complaints(): string[] {
    const lines = this.failed.slice(0, 20).map(({ kind, id, why, phase, reused, start, duration, port }) => {
      const when = `at ${start.toFixed(0)} ms, after ${duration.toFixed(0)} ms`;
      return `${kind} ${id} ${phase} on a ${reused ? 'reused' : 'fresh'} connection (${port}) ${when}: ${why}`;
    });
    return this.failed.length > lines.length ? [...lines, `… ${this.failed.length} in total`] : lines;
  }

  #durations({ kind, from = 0, to = Number.POSITIVE_INFINITY }: Part): readonly number[] {
    return this.answered
      .filter(one => (kind === undefined || one.kind === kind) && one.start >= from && one.start < to)
      .map(({ duration }) => duration)
      .sort((one, other) => one - other);
  }
}
