import { expect } from 'chai';
import { describe, it } from 'mocha';
import { HandlerMismatchError } from '../../lib/errors/errors.js';
import { checkHandlers, type Side } from '../../lib/protocol/check-handlers.js';

function objectWith(...names: readonly string[]): object {
  class Base {}
  for (const name of names) Object.defineProperty(Base.prototype, name, { value: () => {} });
  class Derived extends Base {}
  return new Derived();
}

function refusal(name: string, side: Side): HandlerMismatchError {
  try {
    checkHandlers(objectWith(name), side);
  } catch (error) {
    expect(error).to.be.instanceOf(HandlerMismatchError);
    if (error instanceof HandlerMismatchError) return error;
  }
  throw new Error(`${name} was accepted`);
}

describe('checkHandlers', () => {
  it('accepts the handlers of a primary', () => {
    const chef = objectWith('_eventWorkerMessage_plated', '_eventWorkerRequest_pantry', '_eventWorkerMessage_a.b:c-d');

    expect(() => checkHandlers(chef, 'primary')).not.to.throw();
  });

  it('accepts the handlers of a worker', () => {
    const sections = ['PrimaryMessage', 'PrimaryRequest', 'PeerMessage', 'PeerRequest'];

    expect(() => checkHandlers(objectWith(...sections.map(each => `_event${each}_x`)), 'worker')).not.to.throw();
  });

  it('leaves methods alone that resemble no handler', () => {
    const own = ['_eventWorkerExit', '_eventPeerMessage', '_eventBasket_full', '_eventWorkerReady_twice', 'send'];

    expect(() => checkHandlers(objectWith(...own), 'primary')).not.to.throw();
  });

  it('looks at an object without a prototype', () => {
    const bare = Object.create(null, { _eventWorkerMessage_x: { value: () => {} } });

    expect(() => checkHandlers(bare, 'primary')).not.to.throw();
    expect(() => checkHandlers(bare, 'worker')).to.throw(HandlerMismatchError);
  });

  it('finds a handler of the other side, and says what it is called here', () => {
    const { message, details } = refusal('_eventPrimaryMessage_cook', 'primary');

    expect(details.handler).to.equal('_eventPrimaryMessage_cook');
    expect(message).to.equal(
      '`_eventPrimaryMessage_cook` would never be called: name it `_eventWorkerMessage_cook` if the primary receives ' +
        '`cook`, or move it to the worker class',
    );
  });

  it('finds a handler for peers on a primary, which has none', () => {
    expect(refusal('_eventPeerRequest_taste', 'primary').details.suggestion).to.equal('move it to the worker class');
  });

  it('finds a misspelt section', () => {
    expect(refusal('_eventWorkerMesage_plated', 'primary').details.suggestion).to.equal(
      'did you mean `_eventWorkerMessage_plated`?',
    );
  });

  it('finds a misspelt section of the other side', () => {
    expect(refusal('_eventPrimaryMesage_cook', 'primary').details.suggestion).to.equal(
      'did you mean `_eventPrimaryMessage_cook`, in the worker class?',
    );
  });

  it('finds a wrong capital letter', () => {
    expect(refusal('_eventworkerMessage_plated', 'primary').details.suggestion).to.equal(
      'did you mean `_eventWorkerMessage_plated`?',
    );
  });

  it('finds a type that no message can have', () => {
    expect(refusal('_eventWorkerMessage_2nd', 'primary').details.suggestion).to.include('`2nd`');
  });
});
