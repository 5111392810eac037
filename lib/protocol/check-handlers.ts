import { HandlerMismatchError } from '../errors/errors.js';
import { closest } from '../util/closest.js';
import { handlerName, isWellFormedType } from './dispatch.js';
import type { Section } from './protocol.js';

/** Which end of the channel a class is. */
export type Side = 'primary' | 'worker';

/** Which class answers a section, and the section that goes the other way. */
const sections: Record<Section, { readonly side: Side; readonly opposite: Section | undefined }> = {
  workerMessage: { side: 'primary', opposite: 'primaryMessage' },
  workerRequest: { side: 'primary', opposite: 'primaryRequest' },
  primaryMessage: { side: 'worker', opposite: 'workerMessage' },
  primaryRequest: { side: 'worker', opposite: 'workerRequest' },
  peerMessage: { side: 'worker', opposite: undefined },
  peerRequest: { side: 'worker', opposite: undefined },
};

const handlerPattern = /^_event([A-Za-z]+)_(.+)$/;

/**
 * Refuses handlers that would never be called: those of the other side, of a misspelt section, of a malformed type.
 *
 * Methods like `_eventBasket_full`, which resemble no section, are the user's own and stay.
 *
 * @throws {@link HandlerMismatchError} (`CLUSTER_HANDLER_MISMATCH`), which suggests what to write instead.
 */
export function checkHandlers(instance: object, side: Side): void {
  for (let level = instance; level !== Object.prototype && level !== null; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const [, section, type] = handlerPattern.exec(name) ?? [];
      if (section !== undefined && type !== undefined) checkHandler({ name, section, type, side });
    }
  }
}

interface Candidate {
  readonly name: string;
  readonly section: string;
  readonly type: string;
  readonly side: Side;
}

function checkHandler({ name, section: spelt, type, side }: Candidate): void {
  const section = `${spelt[0]?.toLowerCase()}${spelt.slice(1)}`;
  if (!isSection(section)) {
    checkSpelling({ name, section, type, side });
    return;
  }

  if (sections[section].side !== side) refuse(name, misplaced(section, type, side));
  if (handlerName(section, type) !== name) refuse(name, `did you mean \`${handlerName(section, type)}\`?`);
  if (!isWellFormedType(type)) refuse(name, `no message can have the type \`${type}\`: start it with a letter`);
}

function checkSpelling({ name, section, type, side }: Candidate): void {
  const meant = closest(section, Object.keys(sections));
  if (meant === undefined || !isSection(meant)) return;

  const home = sections[meant].side;
  const where = home === side ? '' : `, in the ${home} class`;
  refuse(name, `did you mean \`${handlerName(meant, type)}\`${where}?`);
}

function misplaced(section: Section, type: string, side: Side): string {
  const { side: home, opposite } = sections[section];
  const move = `move it to the ${home} class`;
  return opposite === undefined
    ? move
    : `name it \`${handlerName(opposite, type)}\` if the ${side} receives \`${type}\`, or ${move}`;
}

function isSection(name: string): name is Section {
  return Object.hasOwn(sections, name);
}

function refuse(handler: string, suggestion: string): never {
  throw new HandlerMismatchError(`\`${handler}\` would never be called: ${suggestion}`, { handler, suggestion });
}
