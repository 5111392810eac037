import { checkKnown, checkOption } from '../errors/check-option.js';
import { integer, number, oneOf, optional, type Rule, record } from '../util/check.js';
import type { Condition, Lifetime, SetOptions, StorageSnapshot } from './shared-storage.js';
import { storable } from './storable.js';
import { parsePath, root } from './storage-path.js';
import type { StorageSeam } from './storage-seam.js';
import type { Write } from './store.js';
import { everything } from './write-code.js';

type SetWrite = Extract<Write, { type: 'set' }>;

const milliseconds = optional(number({ above: 0, orInfinity: true }));
const version = integer({ min: 0 });
const typeOfOperation = oneOf('set', 'create', 'increment', 'delete', 'check');

/** What each field of an operation has to be. */
const rules: Readonly<Record<string, Rule>> = {
  ttl: milliseconds,
  ifVersion: optional(version),
  by: optional(number()),
};

const fields: Readonly<Record<string, readonly string[]>> = {
  set: ['type', 'path', 'value', 'ttl', 'ifVersion'],
  create: ['type', 'path', 'value', 'ttl'],
  increment: ['type', 'path', 'by'],
  delete: ['type', 'path', 'ifVersion'],
  check: ['type', 'path', 'ifVersion'],
};

/** Makes writes of what users write down, and says what is wrong with it. */
export class WriteMaker {
  readonly #seam: Pick<StorageSeam, 'room' | 'clock'>;

  constructor(seam: Pick<StorageSeam, 'room' | 'clock'>) {
    this.#seam = seam;
  }

  set(path: unknown, value: unknown, options?: SetOptions): SetWrite {
    if (options === undefined) return this.#set(path, value);

    checkOptions('set()', options, ['ttl', 'ifVersion']);
    const { ttl, ifVersion } = options;
    return { ...this.#set(path, value), expiresAt: this.expiry(ttl), ifVersion };
  }

  create(path: unknown, value: unknown, options: Lifetime = {}): SetWrite {
    checkOptions('create()', options, ['ttl']);
    return { ...this.#set(path, value), expiresAt: this.expiry(options.ttl), ifVersion: 0 };
  }

  /** A value in the place of another one, that keeps its expiry unless it gets one of its own. */
  replace(path: unknown, value: unknown, { ttl, ifVersion }: Required<SetOptions>): SetWrite {
    const { path: where, value: copy } = this.#set(path, value);
    return {
      type: 'set',
      path: where,
      value: copy,
      expiresAt: this.expiry(ttl),
      keepExpiry: ttl === undefined,
      ifVersion,
    };
  }

  increment(path: unknown, by: unknown = 1): Write {
    checkOption('by', by, number());
    return { type: 'increment', path: parsePath(path), by: by as number };
  }

  delete(path: unknown, options: Condition = {}): Write {
    checkOptions('delete()', options, ['ifVersion']);
    return { type: 'delete', path: parsePath(path), ifVersion: options.ifVersion };
  }

  restore(snapshot: StorageSnapshot): Write {
    checkOption('snapshot', snapshot, record);
    const { value, expiries = {} } = snapshot;
    checkOption('snapshot.value', value, record);
    checkOption('snapshot.expiries', expiries, record);
    const pairs = Object.entries(expiries).map(([path, expiresAt]) => {
      checkOption(`snapshot.expiries[${JSON.stringify(path)}]`, expiresAt, number());
      return { path: parsePath(path), expiresAt };
    });
    return { type: 'restore', path: root, value: everything(value, this.#seam.room), expiries: pairs };
  }

  /** A step of a transaction. */
  operation(operation: unknown): Write {
    checkOption('an operation of transaction()', operation, record);
    const { type, path, ...rest } = operation as { readonly [name: string]: unknown };
    checkOption('type', type, typeOfOperation);
    checkOptions('transaction()', operation as object, fields[type as string] ?? []);
    const { value, by } = rest;
    const { ttl, ifVersion } = rest as SetOptions;
    switch (type) {
      case 'set':
        return this.set(path, value, { ttl, ifVersion });
      case 'create':
        return this.create(path, value, { ttl });
      case 'increment':
        return this.increment(path, by);
      case 'delete':
        return this.delete(path, { ifVersion });
      default:
        checkOption('ifVersion', ifVersion, version);
        return { type: 'check', path: parsePath(path), ifVersion: ifVersion as number };
    }
  }

  /** When something expires that is kept for so many milliseconds. */
  expiry(ttl: number | undefined): number | undefined {
    return ttl === undefined || ttl === Number.POSITIVE_INFINITY ? undefined : this.#seam.clock.date() + ttl;
  }

  #set(path: unknown, value: unknown): SetWrite {
    const where = parsePath(path);
    // What takes the least time is by far the most frequent.
    if (typeof value === 'boolean' || value === null) return { type: 'set', path: where, value };

    const { maxDepth, maxValueBytes } = this.#seam.room;
    const room = { maxDepth: maxDepth - where.segments.length, maxValueBytes };
    return { type: 'set', path: where, value: storable(value, room).value };
  }
}

/** @param where whose options they are, for messages. */
function checkOptions(where: string, options: object, known: readonly string[]): void {
  checkOption(`the options of ${where}`, options, record);
  checkKnown(known, options as Readonly<Record<string, unknown>>, where);
  for (const [name, rule] of Object.entries(rules)) {
    if (known.includes(name)) checkOption(name, (options as Readonly<Record<string, unknown>>)[name], rule);
  }
}
