import { expect } from 'chai';
import { describe, it } from 'mocha';
import { definedNames, defineEvents, resolvePlan } from '../../lib/pubsub/definition-registry.js';

describe('definedNames', () => {
  it('lists the events of a class chain, base first', () => {
    class Base {}
    class Derived extends Base {}
    defineEvents(Derived.prototype, { opened: {}, closed: undefined });
    defineEvents(Base.prototype, { started: {} });

    expect([...definedNames(Derived.prototype)]).to.deep.equal(['started', 'opened']);
  });
});

describe('resolvePlan', () => {
  it('sees what a base class defines later', () => {
    class Base {}
    class Derived extends Base {}
    defineEvents(Derived.prototype, { opened: { preventable: false } });
    const before = resolvePlan(Derived.prototype, 'opened');

    defineEvents(Base.prototype, { opened: { publishOnce: true } });

    expect(before.settings.publishOnce).to.equal(false);
    expect(resolvePlan(Derived.prototype, 'opened').settings).to.include({ publishOnce: true, preventable: false });
  });
});
