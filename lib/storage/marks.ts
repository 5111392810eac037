import type { Deadline } from './expiries.js';

/**
 * What is known of something stored beside its value: its version alone, if all that is below has the same one, which
 * is so for what was written at once and not touched since.
 */
export type MarkRecord = Mark | number;

/** What is known of something below which there are several versions, or that expires. */
class Mark {
  /** The last write at it or below. */
  version: number;
  /** The version of whatever is below it and has no record. */
  readonly base: number;
  deadline: Deadline | undefined = undefined;
  children: Map<string, MarkRecord> | undefined = undefined;

  constructor(version: number) {
    this.version = version;
    this.base = version;
  }

  child(segment: string): Mark {
    const record = this.children?.get(segment);
    if (record instanceof Mark) return record;

    const child = new Mark(record ?? this.base);
    this.put(segment, child);
    return child;
  }

  put(segment: string, record: MarkRecord | undefined): void {
    if (record !== undefined) {
      this.children ??= new Map();
      this.children.set(segment, record);
    } else if (this.children?.delete(segment) && this.children.size === 0) this.children = undefined;
  }
}

/** What a write has changed in the marks, and so what takes it back. */
export interface Marked {
  readonly segments: readonly string[];
  /** The segment whose record was replaced; -1 for the root. */
  readonly level: number;
  readonly previous: MarkRecord | undefined;
  /** The versions that the objects above it had, from the root on. */
  readonly versions: readonly number[];
}

/**
 * The versions of all that is stored, and when it expires: a tree beside the data, with records only where they say
 * more than the one above. It knows nothing of what is there: to ask for something that is not makes no sense.
 */
export class Marks {
  #root = new Mark(0);

  version(segments: readonly string[]): number {
    let mark = this.#root;
    for (const segment of segments) {
      const record = mark.children?.get(segment);
      if (record === undefined) return mark.base;
      if (typeof record === 'number') return record;

      mark = record;
    }
    return mark.version;
  }

  deadline(segments: readonly string[]): Deadline | undefined {
    let mark = this.#root;
    for (const segment of segments) {
      const record = mark.children?.get(segment);
      if (record === undefined || typeof record === 'number') return undefined;

      mark = record;
    }
    return mark.deadline;
  }

  /** All from the segment at `level` on was written at once. */
  write(segments: readonly string[], level: number, version: number): Marked {
    return level < 0 ? this.#writeRoot(version) : this.#replace(segments, level, { version, record: version });
  }

  /** What was there is gone; the root stays. */
  remove(segments: readonly string[], version: number): Marked {
    const level = segments.length - 1;
    return level < 0 ? this.#writeRoot(version) : this.#replace(segments, level, { version, record: undefined });
  }

  /** Takes back what a write has changed; those after it have been taken back. */
  undo({ segments, level, previous, versions }: Marked): void {
    if (level < 0) {
      this.#root = previous as Mark;
      return;
    }
    let mark = this.#root;
    for (let above = 0; above <= level; above++) {
      mark.version = versions[above] as number;
      if (above < level) mark = mark.child(segments[above] as string);
    }
    mark.put(segments[level] as string, previous);
  }

  /** Says when something expires. @returns what was said before */
  expire(segments: readonly string[], deadline: Deadline): Deadline | undefined {
    let mark = this.#root;
    for (const segment of segments) mark = mark.child(segment);
    const previous = mark.deadline;
    mark.deadline = deadline;
    return previous;
  }

  /** Says of which version something is, with all below it; what is above it is at least of the same. */
  place(segments: readonly string[], version: number): void {
    const last = segments.length - 1;
    if (last < 0) {
      this.#root = new Mark(version);
      return;
    }
    let mark = this.#root;
    for (let level = 0; level < last; level++) {
      mark.version = Math.max(mark.version, version);
      mark = mark.child(segments[level] as string);
    }
    mark.version = Math.max(mark.version, version);
    mark.put(segments[last] as string, version);
  }

  #writeRoot(version: number): Marked {
    const previous = this.#root;
    this.#root = new Mark(version);
    return { segments: [], level: -1, previous, versions: [] };
  }

  #replace(segments: readonly string[], level: number, { version, record }: Replacement): Marked {
    // As long as it gets: one that grows takes several times the room.
    const versions: number[] = new Array(level + 1);
    let mark = this.#root;
    for (let above = 0; above < level; above++) {
      versions[above] = mark.version;
      mark.version = version;
      mark = mark.child(segments[above] as string);
    }
    versions[level] = mark.version;
    mark.version = version;

    const segment = segments[level] as string;
    const previous = mark.children?.get(segment);
    mark.put(segment, record);
    return { segments, level, previous, versions };
  }
}

interface Replacement {
  readonly version: number;
  readonly record: MarkRecord | undefined;
}

/** Calls `visit` with each deadline of what a record is of and of all below it. */
export function visitDeadlines(record: MarkRecord | undefined, visit: (deadline: Deadline) => void): void {
  if (record === undefined || typeof record === 'number') return;

  if (record.deadline !== undefined) visit(record.deadline);
  for (const child of record.children?.values() ?? []) visitDeadlines(child, visit);
}
