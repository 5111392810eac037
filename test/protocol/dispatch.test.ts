import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { dispatchType, findHandler, handlerName, isWellFormedType, usableType } from '../../lib/protocol/dispatch.js';

class Base {
  _eventWorkerMessage_inherited(): string {
    return 'inherited';
  }
}

class Chef extends Base {
  readonly _eventWorkerMessage_noFunction = 'text';

  _eventWorkerMessage_plated(): string {
    return 'plated';
  }

  '_eventWorkerMessage_order.new:v-2'(): string {
    return 'order';
  }

  _eventWorkerRequest_pantry(): string {
    return 'pantry';
  }
}

const chef = new Chef();

describe('dispatch', () => {
  describe('handlerName', () => {
    it('is spelt by section and type', () => {
      expect(handlerName('peerRequest', 'taste')).to.equal('_eventPeerRequest_taste');
    });
  });

  describe('isWellFormedType', () => {
    it('accepts a letter followed by up to 127 letters, digits and marks', () => {
      for (const type of ['a', 'order.new:v-2', 'A_1', 'x'.repeat(128)]) expect(isWellFormedType(type)).to.equal(true);
    });

    it('refuses everything else', () => {
      for (const type of ['', '1a', '_a', '__proto__', 'a b', 'a\n', 'é', 'x'.repeat(129)])
        expect(isWellFormedType(type)).to.equal(false);
    });
  });

  describe('dispatchType', () => {
    it('is the string `type` of an object', () => {
      expect(dispatchType({ type: 'plated' })).to.equal('plated');
    });

    it('is undefined for what cannot be dispatched', () => {
      for (const message of [undefined, null, 'plated', 5, {}, { type: 5 }, []])
        expect(dispatchType(message)).to.equal(undefined);
    });
  });

  describe('usableType', () => {
    it('is the type of a message that could have a handler', () => {
      expect(usableType({ type: 'plated' })).to.equal('plated');
    });

    it('is undefined for a type that is none, or ill-formed', () => {
      for (const message of [undefined, 'plated', { type: 5 }, { type: 'a b' }, { type: 'x'.repeat(10_000_000) }])
        expect(usableType(message)).to.equal(undefined);
    });
  });

  describe('findHandler', () => {
    it('finds a method of the class', () => {
      expect(findHandler(chef, 'workerMessage', { type: 'plated' })).to.equal(chef._eventWorkerMessage_plated);
      expect(findHandler(chef, 'workerRequest', { type: 'pantry' })).to.equal(chef._eventWorkerRequest_pantry);
    });

    it('finds an inherited method', () => {
      expect(findHandler(chef, 'workerMessage', { type: 'inherited' })).to.equal(chef._eventWorkerMessage_inherited);
    });

    it('finds a method with marks in its type', () => {
      expect(findHandler(chef, 'workerMessage', { type: 'order.new:v-2' })).to.be.a('function');
    });

    it('finds a method assigned at run time, and misses it once it is gone', () => {
      const late: { _eventWorkerMessage_late?: () => void } = {};
      expect(findHandler(late, 'workerMessage', { type: 'late' })).to.equal('unknownType');

      late._eventWorkerMessage_late = () => {};
      expect(findHandler(late, 'workerMessage', { type: 'late' })).to.equal(late._eventWorkerMessage_late);

      delete late._eventWorkerMessage_late;
      expect(findHandler(late, 'workerMessage', { type: 'late' })).to.equal('unknownType');
    });

    it('tells an unknown type', () => {
      expect(findHandler(chef, 'workerMessage', { type: 'burnt' })).to.equal('unknownType');
      expect(findHandler(chef, 'workerMessage', { type: 'noFunction' })).to.equal('unknownType');
    });

    it('tells a message without a usable type', () => {
      for (const message of [undefined, 'plated', {}, { type: 1 }, { type: '' }, { type: 'not a type' }])
        expect(findHandler(chef, 'workerMessage', message)).to.equal('noType');
    });

    it('keeps sections apart', () => {
      expect(findHandler(chef, 'workerRequest', { type: 'plated' })).to.equal('unknownType');
    });

    it('reaches nothing that every object has', () => {
      for (const type of ['constructor', 'toString', 'hasOwnProperty', 'valueOf'])
        expect(findHandler(chef, 'workerMessage', { type })).to.equal('unknownType');
      for (const type of ['__proto__', '__defineGetter__'])
        expect(findHandler(chef, 'workerMessage', { type })).to.equal('noType');
    });

    it('still finds methods after a flood of types', () => {
      for (let index = 0; index < 5_000; index++) findHandler(chef, 'workerMessage', { type: `flood${index}` });

      expect(findHandler(chef, 'workerMessage', { type: 'plated' })).to.equal(chef._eventWorkerMessage_plated);
    });

    it('finds nothing but handlers, whatever the message is', () => {
      const handlers = ['plated', 'order.new:v-2', 'inherited'];
      const type = fc.oneof(fc.constantFrom(...handlers, ...Object.getOwnPropertyNames(Object.prototype)), fc.string());
      fc.assert(
        fc.property(fc.oneof(fc.anything(), fc.record({ type })), message => {
          const found = findHandler(chef, 'workerMessage', message);
          expect(typeof found === 'function').to.equal(handlers.includes(dispatchType(message) ?? ''));
        }),
      );
    });
  });
});
