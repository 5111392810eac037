/** Who waits for one signal. */
class Audience {
  readonly #callbacks = new Set<{ readonly call: () => void }>();
  readonly #signal: AbortSignal;
  readonly #listener = () => this.#tell();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#listener, { once: true });
  }

  /** Returns what ends the waiting. */
  join(call: () => void): () => void {
    const callback = { call };
    this.#callbacks.add(callback);
    return () => {
      if (this.#callbacks.delete(callback) && this.#callbacks.size === 0) this.#leave();
    };
  }

  #leave(): void {
    this.#signal.removeEventListener('abort', this.#listener);
    audiences.delete(this.#signal);
  }

  #tell(): void {
    this.#leave();
    for (const callback of this.#callbacks) {
      this.#callbacks.delete(callback);
      callback.call();
    }
  }
}

const audiences = new WeakMap<AbortSignal, Audience>();

/**
 * Calls back, once, when the signal is aborted; not if it is already. Returns what ends the waiting.
 *
 * However many wait for a signal, it gets one listener: Node takes more than ten for a leak and warns, and removing one of
 * many takes as long as there are.
 */
export function whenAborted(signal: AbortSignal, call: () => void): () => void {
  if (signal.aborted) return () => {};

  let audience = audiences.get(signal);
  if (audience === undefined) {
    audience = new Audience(signal);
    audiences.set(signal, audience);
  }
  return audience.join(call);
}
