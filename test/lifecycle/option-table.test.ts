import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { declaredOptions, type OptionDeclarations, resolveOptions } from '../../lib/lifecycle/option-table.js';
import { integer, oneOf, string } from '../../lib/util/check.js';

const declarations: OptionDeclarations = {
  table: { default: 4, ...integer({ min: 1 }) },
  dish: string,
  anything: {},
  oven: { fields: { heat: { default: 180, ...integer({ min: 0 }) }, fan: {}, grill: { fields: { top: string } } } },
  lamp: { onlyIfGiven: true, fields: { watts: { default: 5, ...integer({ min: 1 }) } } },
  timer: { orFalse: true, fields: { beep: { default: 3, ...integer({ min: 1 }) } } },
  shelves: {
    entries: { name: oneOf('top', 'a.b', 'constructor'), each: { fields: { height: { default: 30, ...integer() } } } },
  },
  colours: { entries: { name: string, each: { entries: { name: string, each: oneOf('red', 'blue') } } } },
};

function resolve(given: unknown) {
  return resolveOptions(given, declarations, 'Kitchen');
}

describe('option-table', () => {
  describe('declaredOptions', () => {
    class Base {
      static options: OptionDeclarations = { shared: { default: 'base' }, base: {} };
      readonly made = true;
    }
    class Silent extends Base {}
    class Derived extends Silent {
      static override options: OptionDeclarations = { shared: { default: 'derived' }, derived: {} };
    }

    it('merges down the chain, the most derived last', () => {
      expect({ ...declaredOptions(Derived) }).to.deep.equal({ shared: { default: 'derived' }, base: {}, derived: {} });
    });

    it('leaves the declarations of each class as they are', () => {
      declaredOptions(Derived);

      expect({ ...declaredOptions(Silent) }).to.deep.equal({ shared: { default: 'base' }, base: {} });
    });

    it('ignores a static `options` that declares nothing', () => {
      class Odd {
        static options = 'none';
        readonly made = true;
      }

      expect({ ...declaredOptions(Odd) }).to.deep.equal({});
    });

    it('has no names but the declared ones', () => {
      expect('toString' in declaredOptions(Derived)).to.equal(false);
    });
  });

  describe('resolveOptions', () => {
    it('fills in the defaults, also of what is `undefined`, and of nested options', () => {
      expect(resolve({ dish: undefined })).to.deep.equal({
        table: 4,
        dish: undefined,
        anything: undefined,
        oven: { heat: 180, fan: undefined, grill: { top: undefined } },
        lamp: undefined,
        timer: { beep: 3 },
        shelves: {},
        colours: {},
      });
    });

    it('keeps what is given', () => {
      const anything = Symbol('anything');

      expect(resolve({ table: 9, dish: 'soup', anything, oven: { heat: 200 } })).to.deep.include({
        table: 9,
        dish: 'soup',
        anything,
        oven: { heat: 200, fan: undefined, grill: { top: undefined } },
      });
    });

    it('freezes what it returns, nested options too, and not what was given', () => {
      const given = { oven: { heat: 1 } };
      const resolved = resolve(given);

      expect(resolved).to.be.frozen;
      expect(resolved.oven).to.be.frozen;
      expect(given).not.to.be.frozen;
      expect(given.oven).not.to.be.frozen;
    });

    it('says what it expected and what it got', () => {
      expect(() => resolve({ table: 0 }))
        .to.throw(InvalidOptionError, 'Expected `table` to be an integer >= 1, got `0` (number)')
        .with.property('details')
        .that.deep.equals({ option: 'table', value: 0 });
    });

    it('names a nested option with its path', () => {
      expect(() => resolve({ oven: { heat: -1 } })).to.throw(
        'Expected `oven.heat` to be an integer >= 0, got `-1` (number)',
      );
      expect(() => resolve({ oven: { grill: { top: 1 } } })).to.throw(
        'Expected `oven.grill.top` to be a string, got `1` (number)',
      );
    });

    it('refuses what is no object where options are nested', () => {
      for (const oven of ['hot', 7, null, [], () => {}]) {
        expect(() => resolve({ oven })).to.throw(InvalidOptionError, 'Expected `oven` to be an object, got');
      }
    });

    it('leaves an object out that is only there if it is given', () => {
      expect(resolve({})).to.have.property('lamp', undefined);
      expect(resolve({ lamp: {} }).lamp).to.deep.equal({ watts: 5 });
      expect(() => resolve({ lamp: false })).to.throw('Expected `lamp` to be an object, got `false` (boolean)');
    });

    it('takes `false` instead of an object where that is a value too', () => {
      expect(resolve({ timer: false })).to.include({ timer: false });
      expect(resolve({ timer: { beep: 1 } }).timer).to.deep.equal({ beep: 1 });
    });

    it('takes nothing else than `false` or an object there', () => {
      for (const timer of [true, 0, '', null, []]) {
        expect(() => resolve({ timer })).to.throw(InvalidOptionError, 'Expected `timer` to be an object or false, got');
      }
      expect(() => resolve({ oven: false })).to.throw('Expected `oven` to be an object, got `false` (boolean)');
    });

    it('refuses options that are no object', () => {
      for (const given of [null, 'soup', 7, []]) {
        expect(() => resolve(given)).to.throw(
          InvalidOptionError,
          'Expected `the options of Kitchen` to be an object, got',
        );
      }
    });

    it('refuses an unknown name and suggests the one that was meant', () => {
      expect(() => resolve({ tabel: 4 }))
        .to.throw(UnknownOptionError, 'Kitchen has no option `tabel`; did you mean `table`?')
        .with.property('details')
        .that.deep.equals({ option: 'tabel', suggestion: 'table' });
    });

    it('refuses an unknown nested name and suggests the one that was meant', () => {
      expect(() => resolve({ oven: { haet: 4 } })).to.throw(
        UnknownOptionError,
        'Kitchen has no option `oven.haet`; did you mean `oven.heat`?',
      );
    });

    it('has entries of any allowed name, each with every default, but for those that are `undefined`', () => {
      const shelves = { 'a.b': {}, constructor: { height: 5 }, top: undefined };

      expect(resolve({ shelves }).shelves).to.deep.equal({ 'a.b': { height: 30 }, constructor: { height: 5 } });
    });

    it('has entries that have entries themselves', () => {
      const colours = { wall: { left: 'red', right: 'blue' }, floor: {} };

      expect(resolve({ colours }).colours).to.deep.equal(colours);
      expect(() => resolve({ colours: { wall: { left: 'green' } } })).to.throw(
        InvalidOptionError,
        'Expected `colours.wall.left` to be one of "red", "blue", got `"green"` (string)',
      );
    });

    it('freezes entries', () => {
      const { shelves } = resolve({ shelves: { top: {} } }) as { readonly shelves: { readonly top?: object } };

      expect([shelves, shelves.top].every(Object.isFrozen)).to.equal(true);
    });

    it('refuses an entry of another name', () => {
      expect(() => resolve({ shelves: { bottom: {} } }))
        .to.throw(
          InvalidOptionError,
          'Expected `a name in shelves` to be one of "top", "a.b", "constructor", got `"bottom"`',
        )
        .with.property('details')
        .that.deep.equals({ option: 'a name in shelves', value: 'bottom' });
      expect(() => resolve({ shelves: { bottom: undefined } })).to.throw(InvalidOptionError);
    });

    it('names an option of an entry with its path', () => {
      expect(() => resolve({ shelves: { 'a.b': { height: 'tall' } } })).to.throw(
        'Expected `shelves.a.b.height` to be an integer, got `"tall"` (string)',
      );
      expect(() => resolve({ shelves: { top: { hieght: 1 } } })).to.throw(
        UnknownOptionError,
        'Kitchen has no option `shelves.top.hieght`; did you mean `shelves.top.height`?',
      );
      expect(() => resolve({ shelves: { top: null } })).to.throw('Expected `shelves.top` to be an object, got `null`');
      expect(() => resolve({ shelves: [] })).to.throw('Expected `shelves` to be an object, got `Array(0)` (array)');
    });

    it('suggests nothing when nothing is near', () => {
      expect(() => resolve({ wallpaper: 4 })).to.throw(UnknownOptionError, /^Kitchen has no option `wallpaper`$/);
    });

    it('calls a value that its declaration does not describe invalid', () => {
      const accepts = () => false;

      expect(() => resolveOptions({ dish: 1 }, { dish: { accepts } }, 'Kitchen')).to.throw(
        'Expected `dish` to be valid, got `1` (number)',
      );
    });
  });
});
