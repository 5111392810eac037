import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { checkSelection, checkTarget } from '../../lib/primary/selection.js';

const none = { tag: '', key: '', group: undefined };

describe('selection', () => {
  describe('checkSelection', () => {
    it('fills in what is left out', () => {
      expect(checkSelection({})).to.deep.equal({ ...none, strategy: 'roundRobin' });
      expect(checkSelection({ strategy: undefined, tag: undefined, key: undefined })).to.deep.equal({
        ...{ ...none, strategy: 'roundRobin' },
      });
    });

    it('takes every strategy', () => {
      for (const strategy of ['roundRobin', 'leastPending', 'leastLoad'])
        expect(checkSelection({ strategy, tag: 'soup', group: 'api' })).to.include({ strategy, tag: 'soup' });
      expect(checkSelection({ strategy: 'hash', key: '' })).to.include({ strategy: 'hash', key: '' });
    });

    it('wants a key for `hash`, and for nothing else: it would be round robin without a word', () => {
      for (const key of [undefined, 5])
        expect(() => checkSelection({ strategy: 'hash', key })).to.throw(
          InvalidOptionError,
          'Expected `key` to be a string, got',
        );
      for (const strategy of [undefined, 'roundRobin', 'leastPending', 'leastLoad'])
        expect(() => checkSelection({ strategy, key: 'soup' })).to.throw(
          InvalidOptionError,
          'Expected `key` to be given only to the strategy `hash`, got `"soup"` (string)',
        );
    });

    const wrong: [object, string][] = [
      [
        { strategy: 'random' },
        'Expected `strategy` to be one of "roundRobin", "leastPending", "leastLoad", "hash", got',
      ],
      [{ strategy: 'all' }, 'Expected `strategy` to be one of'],
      [{ strategy: null }, 'Expected `strategy` to be one of'],
      [{ tag: 5 }, 'Expected `tag` to be a string, got `5` (number)'],
      [{ tag: null }, 'Expected `tag` to be a string, got `null`'],
      [{ group: '' }, 'Expected `group` to be a non-empty string'],
      [{ group: 7 }, 'Expected `group` to be a non-empty string'],
    ];
    for (const [options, message] of wrong) {
      it(`refuses ${JSON.stringify(options)}`, () => {
        expect(() => checkSelection(options)).to.throw(InvalidOptionError, message);
      });
    }

    it('refuses an unknown name with a suggestion, and what is no object', () => {
      expect(() => checkSelection({ strateggy: 'hash' })).to.throw(
        UnknownOptionError,
        'select() has no option `strateggy`; did you mean `strategy`?',
      );
      expect(() => checkSelection('hash')).to.throw(InvalidOptionError, 'Expected `select()` to be an object');
    });
  });

  describe('checkTarget', () => {
    it('selects in turn, by the default tag, unless it says otherwise', () => {
      expect(checkTarget({ group: 'api' }, 'cook')).to.deep.equal({
        ...{ strategy: 'roundRobin', tag: 'cook', key: '', group: 'api' },
      });
      expect(checkTarget({ group: 'api', tag: 'soup' }, 'cook')).to.include({ tag: 'soup' });
      expect(checkTarget({ select: 'hash', key: 'soup' }, 'cook')).to.include({ strategy: 'hash', key: 'soup' });
      expect(checkTarget({ select: 'all' }, 'cook')).to.include({ strategy: 'all', group: undefined });
    });

    it('refuses one that names nothing to select among: it may have been meant to', () => {
      for (const to of [{}, { tag: 'soup' }, { group: undefined }, { select: undefined, group: undefined }])
        expect(() => checkTarget(to, '')).to.throw(InvalidOptionError, 'Expected `to` to have a `group` or a `select`');
    });

    it('refuses what is no selection', () => {
      expect(() => checkTarget({ select: 'some' }, '')).to.throw(
        InvalidOptionError,
        'Expected `to.select` to be one of "roundRobin", "leastPending", "leastLoad", "hash", "all", got',
      );
      expect(() => checkTarget({ select: 'all', key: 'soup' }, '')).to.throw(InvalidOptionError, '`key`');
      expect(() => checkTarget({ group: 'api', strategy: 'hash' }, '')).to.throw(
        UnknownOptionError,
        '`to` has no option `strategy`',
      );
    });
  });
});
