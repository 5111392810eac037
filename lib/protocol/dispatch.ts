import type { Section } from './protocol.js';

/** A method that answers a type: call it with its object as `this` and the event. */
export type Handler = (this: unknown, event: unknown) => unknown;

/** Why there is no handler: the message has no usable type, or nobody wrote a method for it. */
export type NoHandler = 'noType' | 'unknownType';

const wellFormedType = /^[A-Za-z][\w.:-]{0,127}$/;

/** Per section; a hostile sender can fill it with junk but not make it grow. */
const mostNames = 1_000;

const names: Record<Section, Map<string, string>> = {
  workerMessage: new Map(),
  primaryMessage: new Map(),
  peerMessage: new Map(),
  workerRequest: new Map(),
  primaryRequest: new Map(),
  peerRequest: new Map(),
};

/** Whether a string can be the type of a message: a letter, then at most 127 letters, digits, `_`, `.`, `:` or `-`. */
export function isWellFormedType(type: string): boolean {
  return wellFormedType.test(type);
}

/** The name of the method that answers `type`: `_eventWorkerMessage_plated`. */
export function handlerName(section: Section, type: string): string {
  return `_event${section[0]?.toUpperCase()}${section.slice(1)}_${type}`;
}

/** The type of a message that can be dispatched; `undefined` for one that cannot. */
export function dispatchType(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;

  const { type } = message as { type?: unknown };
  return typeof type === 'string' ? type : undefined;
}

/** The type of a message that could have a handler: as {@link dispatchType}, but only a well-formed one. */
export function usableType(message: unknown): string | undefined {
  const type = dispatchType(message);
  return type !== undefined && isWellFormedType(type) ? type : undefined;
}

/**
 * The method of `target` that answers `message`: own or inherited, also one assigned at run time.
 *
 * Only the section and a well-formed type make up the name that is looked up, so nothing else in a message reaches a method.
 */
export function findHandler(target: object, section: Section, message: unknown): Handler | NoHandler {
  const type = dispatchType(message);
  if (type === undefined) return 'noType';

  const name = cachedName(section, type);
  if (name === undefined) return 'noType';

  const handler: unknown = Reflect.get(target, name);
  return typeof handler === 'function' ? (handler as Handler) : 'unknownType';
}

function cachedName(section: Section, type: string): string | undefined {
  const known = names[section];
  const cached = known.get(type);
  if (cached !== undefined) return cached;
  if (!isWellFormedType(type)) return undefined;

  const name = handlerName(section, type);
  if (known.size >= mostNames) known.clear();
  known.set(type, name);
  return name;
}
