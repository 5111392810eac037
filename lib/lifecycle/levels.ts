/** The steps that each class of a chain can have a method of its own for. */
export type LevelStep = '_initialize' | '_activate' | '_destroy';

/**
 * The library's own levels answer to these symbols instead of `_initialize` and `_destroy`.
 *
 * So a subclass, JavaScript included, has no `super._initialize()` that could run one of them twice.
 */
export const ownStep = {
  _initialize: Symbol('initialize'),
  _activate: Symbol('activate'),
  _destroy: Symbol('destroy'),
} as const satisfies Record<LevelStep, symbol>;

/** What the library itself does after the last `_initialize`; `ready` waits for it. */
export const finishInitialization = Symbol('finishInitialization');

/** What the library itself does before the first `_destroy`. */
export const prepareDestruction = Symbol('prepareDestruction');

/** What the library itself does after the last `_destroy`, also when there was none to call. */
export const finishDestruction = Symbol('finishDestruction');

/** One method of one class, bound to nothing yet. */
export type LevelMethod = (this: object, ...values: unknown[]) => unknown;

/** The prototypes of an instance, base first, without `Object.prototype`. */
export function levelsOf(instance: object): object[] {
  const levels: object[] = [];
  let level: object | null = Object.getPrototypeOf(instance);
  while (level && level !== Object.prototype) {
    levels.unshift(level);
    level = Object.getPrototypeOf(level);
  }
  return levels;
}

/** The methods that this very level has for the step: the library's first when building up, last when taking down. */
export function methodsOf(level: object, step: LevelStep): LevelMethod[] {
  const methods = [ownMethod(level, ownStep[step]), ownMethod(level, step)].filter(method => method !== undefined);
  return step === '_destroy' ? methods.reverse() : methods;
}

function ownMethod(level: object, name: string | symbol): LevelMethod | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(level, name)?.value;
  return typeof value === 'function' ? (value as LevelMethod) : undefined;
}
