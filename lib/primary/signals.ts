import { InvalidOptionError } from '../errors/errors.js';
import { systemClock } from '../util/clock.js';

/** The same signal within this time after the first, in milliseconds, is the same wish. */
const echoTime = 200;

/** Who shuts down when the process is told to end. */
export interface Stoppable {
  /** Gracefully; settles when everything is gone. */
  stop(): Promise<void>;
  /** At once. */
  force(): void;
  /** Starts anew what it runs, and tells itself if that fails. */
  reload?(): Promise<unknown>;
}

/** What the signals mean to whom they are for. */
export interface WatchedSignals {
  readonly gracefulOnSignals: readonly NodeJS.Signals[];
  readonly reloadOnSignals: readonly NodeJS.Signals[];
}

/** Who has to be told of which signal; as long as there is somebody, the process listens to it. */
class SignalTable {
  readonly #receive: (signal: NodeJS.Signals, watchers: readonly Stoppable[]) => void;
  readonly #watched = new Map<NodeJS.Signals, Set<Stoppable>>();
  readonly #listeners = new Map<NodeJS.Signals, () => void>();

  constructor(receive: (signal: NodeJS.Signals, watchers: readonly Stoppable[]) => void) {
    this.#receive = receive;
  }

  add(signal: NodeJS.Signals, stoppable: Stoppable): void {
    const watchers = this.#watched.get(signal) ?? new Set();
    this.#watched.set(signal, watchers.add(stoppable));
    if (this.#listeners.has(signal)) return;

    const listener = () => this.#receive(signal, [...watchers]);
    this.#listeners.set(signal, listener);
    process.on(signal, listener);
  }

  /** @param isKept whether to listen on, though nobody may be left. */
  remove(signal: NodeJS.Signals, stoppable: Stoppable, isKept: boolean): void {
    const watchers = this.#watched.get(signal);
    const listener = this.#listeners.get(signal);
    watchers?.delete(stoppable);
    if (watchers?.size || !listener || isKept) return;

    this.#listeners.delete(signal);
    process.off(signal, listener);
  }
}

/**
 * The process's reaction to signals, shared by all primaries in it.
 *
 * The first signal to stop stops all of them gracefully, then the process exits with 0; the second forces them and exits
 * with 128 plus the signal's number, unless it is the same one within the blink of an eye. A signal to reload does nothing once one to stop has come.
 */
class SignalDesk {
  readonly #stops = new SignalTable((signal, watchers) => this.#stop(signal, watchers));
  readonly #reloads = new SignalTable((_, watchers) => this.#reload(watchers));
  #stopping: readonly Stoppable[] | undefined;
  #first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;

  /**
   * The returned function takes it off again.
   *
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, for a signal that means both
   */
  watch({ gracefulOnSignals, reloadOnSignals }: WatchedSignals, stoppable: Stoppable): () => void {
    const both = reloadOnSignals.find(signal => gracefulOnSignals.includes(signal));
    if (both) throw ambiguous(both);

    for (const signal of gracefulOnSignals) this.#stops.add(signal, stoppable);
    for (const signal of reloadOnSignals) this.#reloads.add(signal, stoppable);
    return () => {
      // While stopping, the listeners stay: without them the second signal would end the process before it could force.
      const isKept = this.#stopping !== undefined;
      for (const signal of gracefulOnSignals) this.#stops.remove(signal, stoppable, isKept);
      for (const signal of reloadOnSignals) this.#reloads.remove(signal, stoppable, isKept);
    };
  }

  #stop(signal: NodeJS.Signals, stoppables: readonly Stoppable[]): void {
    if (this.#isEcho(signal)) return;
    if (this.#stopping) {
      for (const stoppable of this.#stopping) stoppable.force();
      const { constants } = process.getBuiltinModule('node:os');
      process.exit(128 + constants.signals[signal]);
    }

    this.#stopping = stoppables;
    this.#first = { signal, at: systemClock.now() };
    // A failure stays an unhandled rejection: Node prints it and exits with 1.
    void Promise.all(stoppables.map(stoppable => stoppable.stop())).then(() => process.exit(0));
  }

  /** Ctrl-C under `npm start` comes twice: from the terminal, and from npm, which passes it on. */
  #isEcho(signal: NodeJS.Signals): boolean {
    return this.#first?.signal === signal && systemClock.now() - this.#first.at < echoTime;
  }

  #reload(stoppables: readonly Stoppable[]): void {
    if (this.#stopping) return;

    for (const stoppable of stoppables) void stoppable.reload?.().catch(() => {});
  }
}

function ambiguous(signal: NodeJS.Signals): InvalidOptionError {
  const message = `Expected \`reloadOnSignals\` to name no signal of \`gracefulOnSignals\`, got \`${signal}\``;
  return new InvalidOptionError(message, { option: 'reloadOnSignals', value: signal });
}

export const signalDesk = new SignalDesk();
