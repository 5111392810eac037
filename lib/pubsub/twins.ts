import { DestroyedError } from '../errors/errors.js';
import { Deferred } from '../util/deferred.js';
import { whenAborted } from '../util/when-aborted.js';
import { enrol, enrolForEverything } from './enrolment.js';
import type { Hub } from './hub.js';
import type { Subscription } from './subscription.js';

/** What a promise or an iterator waits for. */
export interface TwinOptions<Event> {
  /** Ends the waiting; the promise or iterator rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Only events for which it returns true count. */
  readonly filter?: ((event: Event) => boolean) | undefined;
  /** The stage at which events are seen. @default 'after', or the last stage where there is none */
  readonly stageName?: string | undefined;
}

/** Where the events of a twin come from: one event of an object, or all of them without a name. */
export interface TwinSource {
  readonly hub: Hub;
  readonly name: string | undefined;
}

/** Where the events of a twin go to. */
export interface TwinSink<Event> {
  next(event: Event, close: () => void): void;
  /** The signal was aborted. */
  fail(reason: unknown): void;
  /** The source was destroyed. */
  end(): void;
}

/** Listens until it is closed: by its owner, with the returned function, by the signal, or with the source. */
export function watch<Event>(source: TwinSource, options: TwinOptions<Event>, sink: TwinSink<Event>): () => void {
  const { signal, filter } = options;
  const steps: (() => void)[] = [];
  let open = !signal?.aborted;
  const close = (): void => {
    open = false;
    for (const step of steps.splice(0)) step();
  };
  if (!open) {
    sink.fail(signal?.reason);
    return close;
  }
  const subscription = listen(source, options.stageName, (event: Event) => {
    if (open && (!filter || filter(event))) sink.next(event, close);
  });
  steps.push(() => void subscription.unsubscribe());
  // An event that is kept was delivered already, and may have been all that was wanted.
  if (!open) close();
  else if (source.hub.released) end(close, () => sink.end());
  else
    steps.push(
      source.hub.onRelease(() => end(close, () => sink.end())),
      onAbort(signal, reason => end(close, () => sink.fail(reason))),
    );
  return close;
}

/**
 * The promise twin of a listener: resolves with the next event. Ignored, its rejection is no crash.
 *
 * It rejects with the signal's reason, or with {@link DestroyedError} (`CLUSTER_DESTROYED`) when the publisher is
 * destroyed first.
 */
export function nextEvent<Event>(source: TwinSource, options: TwinOptions<Event> = {}): Promise<Event> {
  const next = new Deferred<Event>().markHandled();
  watch(source, options, {
    next: (event, close) => {
      close();
      next.resolve(event);
    },
    fail: reason => next.reject(reason),
    end: () => next.reject(destroyed(source)),
  });
  return next.promise;
}

function listen(
  { hub, name }: TwinSource,
  stageName: string | undefined,
  callback: (event: never) => void,
): Subscription {
  if (name === undefined) return enrolForEverything(hub, stageName, callback);

  const stage = stageName ?? hub.dispatcher(name).plan.twinStage ?? 'after';
  return enrol(hub, { stageName: stage, eventName: name, listener: callback, twin: true }, 'public');
}

function end(close: () => void, tell: () => void): void {
  close();
  tell();
}

/** Calls back with the reason when the signal is aborted; returns the way out. */
function onAbort(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
  return signal ? whenAborted(signal, () => callback(signal.reason)) : () => {};
}

function destroyed({ hub, name }: TwinSource): DestroyedError {
  const object = hub.publisher.constructor.name;
  return new DestroyedError(`The ${object} was destroyed before it published \`${name}\``, { object });
}
