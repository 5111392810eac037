/** The events every publisher knows: name -> data. Extend it for a class's own events. */
export interface PubsubEvents {
  /** A listener or a complete method failed: it threw, or the promise it returned rejected. */
  error: { readonly error: unknown; readonly event: PhasedEvent; readonly stageName: string };
  /** The object is being destroyed. */
  destroy: object;
  /** The object is destroyed: the last event it publishes. */
  destroyComplete: object;
}

/** Any event, with any data: what an untyped publisher publishes. */
export interface AnyEvents extends PubsubEvents {
  // biome-ignore lint/suspicious/noExplicitAny: the point of this type is that plain scripts need no types.
  [name: string]: any;
}

/** The event that `_event<Name>` and the listeners of `Name` receive. */
export type EventOf<E, Name extends keyof E & string> = PhasedEvent<E[Name], Name>;

/** One publication on its way through its stages. It is never reused: listeners may keep it. */
export interface PhasedEvent<D = unknown, Name extends string = string> {
  readonly name: Name;
  readonly data: D;
  /** The object that published the event. */
  readonly publisher: object;
  /** The object whose listeners are being called: the publisher, or one of its distributors. */
  readonly distributor: object;
  /** The stage that runs, or ran last. */
  readonly stageName: string;
  /** Whether the `complete` stage has run. */
  readonly completed: boolean;
  /** Whether the rest of this stage on this object is skipped. */
  readonly dispatchStopped: boolean;
  /** Whether further distributors are skipped in this stage. */
  readonly distributionStopped: boolean;
  /** Whether all further stages are skipped. */
  readonly eventStopped: boolean;

  /**
   * Ends the event when it comes to a stage, which does not run then, and neither do later ones.
   * Preventing a stage that has begun changes nothing.
   *
   * @default stage 'complete'
   * @throws {@link EventAccessError} (`CLUSTER_EVENT_ACCESS`) when the event is a fact that cannot be prevented.
   */
  prevent(stage?: string): this;
  /** Whether a stage, by default `complete`, was prevented. */
  isPrevented(stage?: string): boolean;
  /**
   * Skips the listeners of this stage that were not called yet, on this object.
   *
   * @throws {@link EventAccessError} (`CLUSTER_EVENT_ACCESS`) when the event does not allow it.
   */
  stopDispatch(): this;
  /**
   * Skips the distributors that were not offered this stage yet.
   *
   * @throws {@link EventAccessError} (`CLUSTER_EVENT_ACCESS`) when the event does not allow it.
   */
  stopDistribution(): this;
  /**
   * Skips what is left of this stage, and all further stages.
   *
   * @throws {@link EventAccessError} (`CLUSTER_EVENT_ACCESS`) when the event does not allow it.
   */
  stopEvent(): this;
  /** Ends the subscription of the listener that is being called; returns whether it did. */
  unsubscribe(): boolean;
}
