import { DestroyedError, PreventedError } from '../errors/errors.js';
import type { PubsubEvents } from '../pubsub/event.js';
import { Pubsub } from '../pubsub/pubsub.js';
import { boolean } from '../util/check.js';
import { Deferred } from '../util/deferred.js';
import { finishDestruction, finishInitialization, levelsOf, methodsOf, prepareDestruction } from './levels.js';
import { declaredOptions, type OptionDeclarations, type ResolvedOptions, resolveOptions } from './option-table.js';

/** Options that every `Initializable` takes. */
export interface InitializableOptions {
  /** Whether initialization starts by itself, one microtask after the constructor. @default true */
  readonly initialize?: boolean | undefined;
}

/** Events of every `Initializable`: name -> data. */
export interface InitializableEvents extends PubsubEvents {
  /** Initialization starts; prevented, `ready` rejects with `PreventedError`. */
  initialize: { readonly options: ResolvedOptions };
  /** Every level is initialized; late subscribers are called at once. */
  initializeComplete: object;
  /** Initialization failed, and what had begun is destroyed; prevented, the failure counts as handled. */
  initializeError: { readonly error: unknown };
  /** Destruction starts. A fact. */
  destroy: object;
  /** Every level is destroyed; late subscribers are called at once. */
  destroyComplete: object;
}

type Phase = 'new' | 'initializing' | 'ready' | 'destroying' | 'destroyed';

/**
 * An event emitter that is initialized and destroyed level by level, one class of its chain after the other.
 *
 * Each class may have its own `_initialize(options)` and `_destroy()`: the first run base first, the second most derived
 * first, each awaited, each exactly once, none of them calling `super`.
 *
 * @example
 * class Store extends Initializable {
 *   static override options: OptionDeclarations = { path: { default: 'data' } };
 *   protected override async _initialize({ path }) { this.#file = await open(path); }
 *   protected override async _destroy() { await this.#file.close(); }
 * }
 * await using store = await new Store({ path: 'kitchen' }).ready;
 */
export abstract class Initializable<E extends InitializableEvents = InitializableEvents>
  extends Pubsub<E>
  implements AsyncDisposable
{
  /** The options this class takes; those of subclasses are added to them. */
  static options: OptionDeclarations = {
    initialize: { default: true, ...boolean },
  };

  static {
    this.define<InitializableEvents>({
      initializeComplete: { publishOnce: true, preventable: false },
      initializeError: { publishOnce: true },
      destroy: { completeOnce: true, preventable: false },
      destroyComplete: { publishOnce: true, preventable: false },
    });
  }

  readonly #ready: Promise<this>;
  readonly #abort = new AbortController();
  readonly #begun: object[] = [];
  readonly #outcome = new Deferred<{ readonly error: unknown } | undefined>();
  #settle!: { resolve(): void; reject(error: unknown): void };
  #given: object;
  #options: ResolvedOptions;
  #phase: Phase = 'new';
  #climb: Promise<unknown> | undefined;
  #destruction: Promise<void> | undefined;

  /**
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
   * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
   */
  constructor(options: InitializableOptions = {}) {
    super();
    this.#given = options;
    try {
      this.#options = resolveOptions(options, declaredOptions(new.target), new.target.name);
    } catch (error) {
      // The chain of classes would fill the stack, and hide who called the constructor.
      if (error instanceof Error) Error.captureStackTrace(error, new.target);
      throw error;
    }
    this.#ready = new Promise((resolve, reject) => {
      this.#settle = { resolve: () => resolve(this), reject };
    });
    // One microtask later the fields of every subclass exist, and listeners had their chance to attach.
    if (this.#options.initialize) queueMicrotask(() => this.#start());
  }

  /** Resolves to this instance once every level is initialized; rejects with the first error, after the clean-up. */
  get ready(): Promise<this> {
    return this.#ready;
  }

  /**
   * Starts initialization by hand, for an instance that was made with `initialize: false`; a second call joins.
   *
   * @param options more options, over those of the constructor.
   */
  initialize(options?: object): Promise<this> {
    if (options && this.#phase === 'new') {
      const given = { ...this.#given, ...options };
      this.#options = resolveOptions(given, declaredOptions(this.constructor), this.constructor.name);
      this.#given = given;
    }
    this.#start();
    return this.#ready;
  }

  /**
   * Takes down every level that had begun, most derived first; a second call joins the first.
   *
   * Before the start it cancels. During initialization it waits for the running level and climbs no further; `ready`
   * rejects with `DestroyedError`.
   *
   * @throws AggregateError of what the levels' `_destroy` threw, after all of them ran.
   */
  override destroy(): Promise<void> {
    return this.#destruction ?? this.#beginDestruction(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  /** The resolved options: checked, with defaults, frozen. */
  protected get _options(): ResolvedOptions {
    return this.#options;
  }

  /**
   * Aborted, with `DestroyedError` as the reason, when destruction begins; the reason has a `cause` where the initialization
   * failed.
   */
  protected get _destroying(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * Resolves when `ready` has settled, with the failure if there was one.
   *
   * Unlike awaiting `ready` it does not count as handling the failure.
   */
  protected get _outcome(): Promise<{ readonly error: unknown } | undefined> {
    return this.#outcome.promise;
  }

  /** Whether every level is initialized and destruction has not begun. */
  protected get _isReady(): boolean {
    return this.#phase === 'ready';
  }

  /**
   * Yours to write, at every level that needs it; never call `super._initialize()`.
   *
   * What waits for the end of the initialization must not be awaited in here: `ready`, `destroy()`, or a message or request
   * to the cluster as a whole.
   */
  // biome-ignore lint/suspicious/noExplicitAny: each level types the options that it declares
  protected _initialize?(options: any): void | Promise<void>;

  /** Yours to write, at every level that needs it: releases what this level's `_initialize` took, if it got that far. */
  protected _destroy?(): void | Promise<void>;

  /** @internal */
  protected [finishInitialization]?(signal: AbortSignal): void | Promise<void>;

  /** @internal */
  protected [prepareDestruction]?(): void | Promise<void>;

  /** @internal */
  protected [finishDestruction]?(): void | Promise<void>;

  #start(): void {
    if (this.#phase !== 'new') return;

    this.#phase = 'initializing';
    this.#climb = this.#initializeLevels().then(
      () => this.#becomeReady(),
      error => this.#fail(error),
    );
  }

  async #initializeLevels(): Promise<void> {
    if (!this._publish('initialize', { options: this.#options })) {
      throw new PreventedError('A subscriber prevented the initialization', { event: 'initialize' });
    }

    for (const level of levelsOf(this)) {
      this.#abort.signal.throwIfAborted();
      this.#begun.push(level);
      for (const method of methodsOf(level, '_initialize')) await method.call(this, this.#options);
    }
    this.#abort.signal.throwIfAborted();
    await this[finishInitialization]?.(this.#abort.signal);
    this.#abort.signal.throwIfAborted();
  }

  #becomeReady(): void {
    if (this.#phase !== 'initializing') return;

    this.#phase = 'ready';
    this._publish('initializeComplete', {});
    this.#settle.resolve();
    this.#outcome.resolve(undefined);
  }

  #fail(error: unknown): void {
    if (this.#destruction) {
      // A destruction that began meanwhile rejects `ready` itself, with its own error.
      const { reason } = this.#abort.signal;
      if (error !== reason) reason.cause = error;
      return;
    }

    // The first error tells the story; what the clean-up threw stands in its details.
    this.#beginDestruction({ error }).catch(() => {});
  }

  /** A listener of `destroy` that destroys, too, must find something to join. */
  #beginDestruction(failure: { readonly error: unknown } | undefined): Promise<void> {
    const destruction = new Deferred<void>();
    this.#destruction = destruction.promise;
    destruction.resolve(this.#takeDown(failure));
    return destruction.promise;
  }

  /** `failure`: the error of the initialization, when that is why. */
  async #takeDown(failure: { readonly error: unknown } | undefined): Promise<void> {
    const cut = this.#phase !== 'ready';
    const { name: object } = this.constructor;
    const cause = failure && { cause: failure.error };
    const destroyed = new DestroyedError(`This ${object} is destroyed`, { object }, cause);
    this.#phase = 'destroying';
    this.#abort.abort(destroyed);
    this._publish('destroy', {});
    if (!failure) await this.#climb;

    const errors = await this.#destroyLevels();
    this.#phase = 'destroyed';
    if (cut) this.#rejectReady(failure, destroyed, errors);
    this._publish('destroyComplete', {});
    this._releaseSubscribers();
    if (errors.length > 0) throw new AggregateError(errors, `${this.constructor.name} could not be destroyed cleanly`);
  }

  #rejectReady(failure: { readonly error: unknown } | undefined, destroyed: DestroyedError, errors: unknown[]): void {
    const error = failure ? failure.error : destroyed;
    addCleanUpErrors(error, errors);
    const prevented = failure !== undefined && !this._publish('initializeError', { error });
    // Who destroys knows; who prevented the event has seen it. Anybody else who does not await `ready` should crash.
    if (!failure || prevented) this.#ready.catch(() => {});
    this.#settle.reject(error);
    this.#outcome.resolve({ error });
  }

  async #destroyLevels(): Promise<unknown[]> {
    const errors: unknown[] = [];
    await collect(errors, () => this[prepareDestruction]?.());
    for (const level of this.#begun.splice(0).reverse()) {
      for (const method of methodsOf(level, '_destroy')) await collect(errors, () => method.call(this));
    }
    await collect(errors, () => this[finishDestruction]?.());
    return errors;
  }
}

async function collect(errors: unknown[], step: () => unknown): Promise<void> {
  try {
    await step();
  } catch (error) {
    errors.push(error);
  }
}

/** Puts `cleanUpErrors` into the details of the error that started it all, where it can have details. */
function addCleanUpErrors(error: unknown, cleanUpErrors: readonly unknown[]): void {
  if (cleanUpErrors.length === 0 || !(error instanceof Error)) return;

  const details = 'details' in error && typeof error.details === 'object' ? error.details : undefined;
  const value = Object.freeze({ ...details, cleanUpErrors });
  // A frozen error keeps what it has; to throw here would hide it.
  Reflect.defineProperty(error, 'details', { value, configurable: true, enumerable: true, writable: true });
}
