import { StoragePathError } from '../errors/storage-errors.js';
import { describeValue } from '../util/check.js';

/** Where something is in a store: checked, split once, and the same object for the same text as long as it is remembered. */
export interface StoragePath {
  /** In dot notation; a dot or backslash inside a segment has a backslash before it. Empty for the root. */
  readonly text: string;
  readonly segments: readonly string[];
}

/** How users write a path: `'users.anna.age'`, or `['users', 'anna', 'age']`. */
export type PathInput = string | readonly string[];

/** Where all the rest is. */
export const root: StoragePath = makePath('', []);

const mostSegments = 32;
const mostCharacters = 256;
const mostBytes = 1_024;

/** What leads from an object to what all objects share. */
const reserved: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/**
 * Paths by their text, in two halves: one that is full becomes the old one, and what is asked for in that comes back. So
 * no stream of new paths fills the memory, or makes us forget those that are in use.
 */
const halfFull = 5_000;
let recent = new Map<string, StoragePath>();
let old = new Map<string, StoragePath>();

/**
 * Checks and splits a path; the empty string and the empty array are the root.
 *
 * Refused are empty segments, `__proto__`, `prototype` and `constructor`, more than 32 segments, segments of more than 256
 * characters, more than 1,024 bytes in all, and text that is no well-formed Unicode.
 *
 * @throws {@link StoragePathError} with code `CLUSTER_STORAGE_PATH`
 */
export function parsePath(input: unknown): StoragePath {
  if (typeof input === 'string') return recent.get(input) ?? recall(input) ?? remember(checked(input, input));
  if (!Array.isArray(input)) throw refusal(input, 'it is neither a string nor an array');

  const text = textOf(segmentsIn(input));
  return recent.get(text) ?? recall(text) ?? remember(checked(text, input));
}

/** The path of a name below `path`; whoever calls knows that it is a valid one. */
export function childPath({ text, segments }: StoragePath, segment: string): StoragePath {
  return makePath(text === '' ? escaped(segment) : `${text}.${escaped(segment)}`, [...segments, segment]);
}

/** The path of segments; whoever calls knows that they are valid. */
export function pathOf(segments: readonly string[]): StoragePath {
  return segments.length === 0 ? root : makePath(textOf(segments), [...segments]);
}

/** Segments in dot notation. */
export function textOf(segments: readonly string[]): string {
  const only = segments.length === 1 ? segments[0] : undefined;
  return only === undefined ? segments.map(escaped).join('.') : escaped(only);
}

/** Why this cannot be the name of anything in a store; `undefined` if it can. */
export function segmentFault(segment: string): string | undefined {
  if (segment === '') return 'a segment is empty';
  if (segment.length > mostCharacters) return `a segment has more than ${mostCharacters} characters`;
  if (reserved.has(segment)) return `\`${segment}\` is no name for anything`;
  if (!segment.isWellFormed()) return 'a segment is no well-formed Unicode';
  return undefined;
}

function makePath(text: string, segments: readonly string[]): StoragePath {
  return Object.freeze({ text, segments: Object.freeze(segments) });
}

function recall(text: string): StoragePath | undefined {
  if (text === '') return root;

  const path = old.get(text);
  return path && remember(path);
}

function remember(path: StoragePath): StoragePath {
  if (recent.size >= halfFull) {
    old = recent;
    recent = new Map();
  }
  recent.set(path.text, path);
  return path;
}

function checked(text: string, input: unknown): StoragePath {
  // Bytes are never fewer than characters: not even to count those of a text that is far too long.
  if (text.length > mostBytes || Buffer.byteLength(text) > mostBytes) {
    throw refusal(input, `it has more than ${mostBytes} bytes`);
  }
  const segments = split(text, input);
  if (segments.length > mostSegments) throw refusal(input, `it has more than ${mostSegments} segments`);

  for (const segment of segments) {
    const fault = segmentFault(segment);
    if (fault !== undefined) throw refusal(input, fault);
  }
  return makePath(text, segments);
}

function split(text: string, input: unknown): string[] {
  if (!text.includes('\\')) return text.split('.');

  const segments: string[] = [];
  let segment = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '.') {
      segments.push(segment);
      segment = '';
    } else segment += character === '\\' ? escapedAt(++at, text, input) : character;
  }
  segments.push(segment);
  return segments;
}

function escapedAt(at: number, text: string, input: unknown): string {
  const character = text.charAt(at);
  if (character === '.' || character === '\\') return character;

  // Any other backslash would make two texts of one path.
  throw refusal(input, 'a backslash stands only before a dot or a backslash');
}

function escaped(segment: string): string {
  return segment.includes('.') || segment.includes('\\') ? segment.replace(/[.\\]/g, '\\$&') : segment;
}

/** What an array holds, if that may be segments at all: read once, since a proxy may tell us something else next time. */
function segmentsIn(input: readonly unknown[]): string[] {
  if (input.length > mostSegments) throw refusal(input, `it has more than ${mostSegments} segments`);

  const segments: string[] = [];
  for (let index = 0; index < input.length && index < mostSegments; index++) {
    const segment = input[index];
    if (typeof segment !== 'string') throw refusal(input, `a segment is ${describeValue(segment)}, which is no string`);
    // The text of an array would be another path's, or too long to be made.
    if (segment === '' || segment.length > mostCharacters) throw refusal(input, `${segmentFault(segment)}`);

    segments.push(segment);
  }
  return segments;
}

function refusal(path: unknown, reason: string): StoragePathError {
  return new StoragePathError(`The storage path ${describeValue(path)} is refused: ${reason}`, { path, reason });
}
