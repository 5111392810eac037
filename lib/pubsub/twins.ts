/** What a promise or an iterator waits for. */
export interface TwinOptions<Event> {
  /** Ends the waiting; the promise or iterator rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Only events for which it returns true count. */
  readonly filter?: ((event: Event) => boolean) | undefined;
  /** The stage at which events are seen. @default 'after', or the last stage where there is none */
  readonly stageName?: string | undefined;
}

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

/** Events as an interoperable observable: RxJS's `from()` and its like take it. */
export interface ObservableEvents<Event> {
  subscribe(observer: EventObserver<Event> | ((event: Event) => void)): Disposable & { unsubscribe(): void };
  [Symbol.observable](): ObservableEvents<Event>;
  '@@observable'(): ObservableEvents<Event>;
}
