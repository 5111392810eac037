import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type LevelStep, levelsOf, methodsOf, ownStep } from '../../lib/lifecycle/levels.js';

class Base {
  readonly log: string[] = [];

  [ownStep._initialize](): void {
    this.log.push('own initialize');
  }
  [ownStep._destroy](): void {
    this.log.push('own destroy');
  }
  _initialize(): void {
    this.log.push('initialize');
  }
  _destroy(): void {
    this.log.push('destroy');
  }
}

class Middle extends Base {}

class Derived extends Middle {
  override _initialize(): void {
    this.log.push('derived');
  }
}

function run(instance: Base, level: object, step: LevelStep): readonly string[] {
  for (const method of methodsOf(level, step)) method.call(instance);
  return instance.log;
}

describe('levels', () => {
  describe('levelsOf', () => {
    it('lists the prototypes of the chain, base first', () => {
      expect(levelsOf(new Derived())).to.deep.equal([Base.prototype, Middle.prototype, Derived.prototype]);
    });

    it('lists nothing for a plain object and one without a prototype', () => {
      expect(levelsOf({})).to.deep.equal([]);
      expect(levelsOf(Object.create(null))).to.deep.equal([]);
    });
  });

  describe('methodsOf', () => {
    it("builds up with the library's own method before the user's", () => {
      expect(run(new Derived(), Base.prototype, '_initialize')).to.deep.equal(['own initialize', 'initialize']);
    });

    it("takes down with the library's own method after the user's", () => {
      expect(run(new Derived(), Base.prototype, '_destroy')).to.deep.equal(['destroy', 'own destroy']);
    });

    it('finds only the methods of the very level', () => {
      expect(methodsOf(Middle.prototype, '_initialize')).to.deep.equal([]);
      expect(run(new Derived(), Derived.prototype, '_initialize')).to.deep.equal(['derived']);
    });

    it('finds no method for a step that the level does not have', () => {
      expect(methodsOf(Base.prototype, '_activate')).to.deep.equal([]);
    });

    it('ignores what is no function, and does not run getters', () => {
      const level = {
        _initialize: 'no function',
        get _destroy(): never {
          throw new Error('must not run');
        },
      };

      expect(methodsOf(level, '_initialize')).to.deep.equal([]);
      expect(methodsOf(level, '_destroy')).to.deep.equal([]);
    });
  });
});
