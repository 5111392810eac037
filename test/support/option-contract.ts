import { expect } from 'chai';
import { it } from 'mocha';
import { InvalidOptionError } from '../../lib/errors/errors.js';

/** What is promised of one option. */
export interface OptionPromise {
  /** Completes the sentence "Expected `x` to be …". */
  readonly expected: string;
  /** What it is when it is left out. */
  readonly byDefault?: unknown;
  readonly good: readonly unknown[];
  /** Bad values, each with how the message shows it. */
  readonly bad: readonly (readonly [value: unknown, shown: string])[];
}

/** One test per option: its default, values it takes, and the exact message for values it refuses. */
export function optionContract(
  promises: Readonly<Record<string, OptionPromise>>,
  resolve: (options: object) => object,
): void {
  for (const [path, { expected, byDefault, good, bad }] of Object.entries(promises)) {
    it(`\`${path}\` is ${expected}`, () => {
      expect(at(resolve({}), path)).to.deep.equal(byDefault);
      for (const value of good) expect(at(resolve(nested(path, value)), path)).to.deep.equal(value);
      for (const [value, shown] of bad) {
        expect(() => resolve(nested(path, value)))
          .to.throw(InvalidOptionError)
          .with.property('message', `Expected \`${path}\` to be ${expected}, got ${shown}`);
      }
    });
  }
}

function nested(path: string, value: unknown): object {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

function at(options: object, path: string): unknown {
  // An object that is only there if it is given has no parts else.
  return path.split('.').reduce<unknown>((value, key) => value && Reflect.get(value as object, key), options);
}
