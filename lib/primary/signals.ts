/** Who shuts down when the process is told to end. */
export interface Stoppable {
  /** Gracefully; settles when everything is gone. */
  stop(): Promise<void>;
  /** At once. */
  force(): void;
}

/**
 * The process's reaction to signals, shared by all primaries in it.
 *
 * The first signal stops all of them gracefully, then the process exits with 0; the second forces them and exits with
 * 128 plus the signal's number.
 */
class SignalDesk {
  readonly #watched = new Map<NodeJS.Signals, Set<Stoppable>>();
  readonly #listeners = new Map<NodeJS.Signals, () => void>();
  #stopping: readonly Stoppable[] | undefined;

  /** The returned function takes it off again. */
  watch(signals: readonly NodeJS.Signals[], stoppable: Stoppable): () => void {
    for (const signal of signals) this.#add(signal, stoppable);
    return () => {
      for (const signal of signals) this.#remove(signal, stoppable);
    };
  }

  #add(signal: NodeJS.Signals, stoppable: Stoppable): void {
    const watchers = this.#watched.get(signal) ?? new Set();
    this.#watched.set(signal, watchers.add(stoppable));
    if (this.#listeners.has(signal)) return;

    const listener = () => this.#receive(signal);
    this.#listeners.set(signal, listener);
    process.on(signal, listener);
  }

  #remove(signal: NodeJS.Signals, stoppable: Stoppable): void {
    const watchers = this.#watched.get(signal);
    const listener = this.#listeners.get(signal);
    watchers?.delete(stoppable);
    // While stopping, the listener stays: without it the second signal would end the process before it could force.
    if (watchers?.size || !listener || this.#stopping) return;

    this.#listeners.delete(signal);
    process.off(signal, listener);
  }

  #receive(signal: NodeJS.Signals): void {
    if (this.#stopping) {
      for (const stoppable of this.#stopping) stoppable.force();
      const { constants } = process.getBuiltinModule('node:os');
      process.exit(128 + constants.signals[signal]);
    }

    this.#stopping = [...(this.#watched.get(signal) ?? [])];
    // A failure stays an unhandled rejection: Node prints it and exits with 1.
    void Promise.all(this.#stopping.map(stoppable => stoppable.stop())).then(() => process.exit(0));
  }
}

export const signalDesk = new SignalDesk();
