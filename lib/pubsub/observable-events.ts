import type { Subscription } from './subscription.js';
import { type TwinSource, watch } from './twins.js';

declare global {
  interface SymbolConstructor {
    /** Defined by a polyfill, if at all. Declared as RxJS declares it. */
    readonly observable: symbol;
  }
}

/** What observes: each function is optional. */
export interface EventObserver<Event> {
  readonly next?: ((event: Event) => void) | undefined;
  readonly error?: ((error: unknown) => void) | undefined;
  readonly complete?: (() => void) | undefined;
}

/** The observable twin of a listener: RxJS's `from()` and its like take it. */
export class ObservableEvents<Event> {
  /** There at run time where something defined `Symbol.observable`. */
  declare readonly [Symbol.observable]: () => ObservableEvents<Event>;
  readonly #source: TwinSource;

  constructor(source: TwinSource) {
    this.#source = source;
    // Looked up for each observable: a polyfill may be loaded after this module.
    const key: symbol | undefined = Symbol.observable;
    if (key) Object.defineProperty(this, key, { value: () => this });
  }

  /** Calls the observer with each event from now on, and completes it when the publisher is destroyed. */
  subscribe(observer: EventObserver<Event> | ((event: Event) => void)): Subscription {
    return new Observation(this.#source, observer);
  }

  '@@observable'(): this {
    return this;
  }
}

class Observation<Event> implements Subscription {
  readonly #close: () => void;
  #subscribed = true;

  constructor(source: TwinSource, observer: EventObserver<Event> | ((event: Event) => void)) {
    const { next, complete } = typeof observer === 'function' ? { next: observer } : bound(observer);
    const end = (): void => {
      this.#subscribed = false;
      complete?.();
    };
    this.#close = watch<Event>(source, {}, { next: event => next?.(event), fail: () => {}, end });
  }

  get subscribed(): boolean {
    return this.#subscribed;
  }

  unsubscribe(): boolean {
    const { subscribed } = this;
    this.#subscribed = false;
    this.#close();
    return subscribed;
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }
}

/** Keeps the observer as `this` of its functions, and looks them up at each call, as RxJS does. */
function bound<Event>(observer: EventObserver<Event>): { next(event: Event): void; complete?(): void } {
  return { next: event => observer.next?.(event), complete: () => observer.complete?.() };
}
