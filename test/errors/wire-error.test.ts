import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ClusterError } from '../../lib/errors/cluster-error.js';
import { RemoteError, RequestTimeoutError } from '../../lib/errors/errors.js';
import { fromWireError, toWireError, type WireError } from '../../lib/errors/wire-error.js';

/** The error as the other side sees it. */
function sent(error: unknown): ClusterError {
  return fromWireError(JSON.parse(JSON.stringify(toWireError(error))));
}

function chain(length: number): Error {
  return length === 1 ? new Error('1') : new Error(String(length), { cause: chain(length - 1) });
}

const thrower = () => {
  throw new Error('no');
};

describe('toWireError', () => {
  it('keeps name, message, code, details and stack', () => {
    const error = new RequestTimeoutError('too late', { type: 'menu', timeout: Number.POSITIVE_INFINITY });

    expect(toWireError(error)).to.deep.equal({
      name: 'RequestTimeoutError',
      message: 'too late',
      code: 'CLUSTER_REQUEST_TIMEOUT',
      stack: error.stack,
      details: { type: 'menu', timeout: 'Infinity' },
    });
  });

  it('leaves the stack out when it is told to', () => {
    expect(toWireError(new Error('no'), { stack: false })).to.deep.equal({ name: 'Error', message: 'no' });
  });

  it('keeps what a system error says, and nothing else it has', () => {
    const facts = { code: 'EADDRINUSE', errno: -98, syscall: 'listen', address: '127.0.0.1', port: 80 };
    const error = Object.assign(new Error('in use'), facts, { socket: {} });

    const { code, ...details } = facts;
    expect(toWireError(error, { stack: false })).to.deep.equal({ name: 'Error', message: 'in use', code, details });
  });

  it('keeps a numeric code, and no code of another kind', () => {
    const coded = (code: unknown) => toWireError(Object.assign(new Error('no'), { code })).code;

    expect([coded(-98), coded(Number.NaN), coded({}), coded(null)]).to.deep.equal([
      -98,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('keeps a cause and the cause of that, and no more', () => {
    const wire = toWireError(chain(5), { stack: false });

    expect(wire).to.deep.equal({
      name: 'Error',
      message: '5',
      cause: { name: 'Error', message: '4', cause: { name: 'Error', message: '3' } },
    });
  });

  it('keeps the first errors of an AggregateError', () => {
    const wire = toWireError(
      new AggregateError(
        Array.from({ length: 20 }, (_, at) => new Error(`${at}`)),
        'all',
      ),
    );

    expect(wire.errors?.map(({ message }) => message)).to.deep.equal(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('ends at an error that is its own cause', () => {
    const error = new Error('self');
    error.cause = error;

    expect(toWireError(error).cause?.cause?.cause).to.equal(undefined);
  });

  for (const [thrown, message, details] of [
    ['just text', 'just text', undefined],
    [undefined, 'Something that is no error was thrown: `undefined`', undefined],
    [5n, 'Something that is no error was thrown: `5n` (bigint)', '5n'],
    [{ status: 404 }, 'Something that is no error was thrown: `Object` (object)', { status: 404 }],
  ] as const) {
    it(`takes along ${JSON.stringify(message)}`, () => {
      const { name, ...wire } = toWireError(thrown);

      expect(wire).to.deep.equal(details === undefined ? { message } : { message, details });
    });
  }

  it('reads around what throws when it is read', () => {
    const error = { message: 'readable' };
    for (const key of ['name', 'code', 'details', 'cause', 'stack', 'errors', 'syscall']) {
      Object.defineProperty(error, key, { get: thrower });
    }

    expect(toWireError(error)).to.deep.equal({ name: 'Error', message: 'readable' });
  });

  it('survives a proxy that throws at everything', () => {
    const handler = new Proxy({}, { get: () => thrower });

    expect(toWireError(new Proxy({}, handler)).message).to.match(/^Something that is no error/);
  });

  it('cuts what is huge, all in all', () => {
    const huge = () =>
      Object.assign(new Error('m'.repeat(1e6)), { details: { text: 'd'.repeat(1e6) }, stack: 's'.repeat(1e6) });
    const error = Object.assign(huge(), { errors: Array.from({ length: 50 }, huge), cause: huge() });

    expect(toWireError(new Error('m'.repeat(1e6))).message).to.have.lengthOf(8_193);
    expect(JSON.stringify(toWireError(error)).length).to.be.below(70_000);
  });
});

describe('fromWireError', () => {
  it('gives a RemoteError with the far message, code, details and stack', () => {
    const wire: WireError = { name: 'TypeError', message: 'no', code: 'E_NO', details: { a: 1 }, stack: 'far' };

    const error = fromWireError(wire);

    expect(error).to.be.instanceOf(RemoteError).with.property('message', 'no');
    expect(error.code).to.equal('CLUSTER_REMOTE');
    expect(error.details).to.deep.equal({
      remoteName: 'TypeError',
      remoteCode: 'E_NO',
      remoteDetails: { a: 1 },
      remoteStack: 'far',
    });
  });

  it('gives the cause as an error too', () => {
    expect(sent(chain(2)).cause)
      .to.be.instanceOf(RemoteError)
      .with.property('message', '1');
  });

  it('has no cause when there was none', () => {
    expect(sent(new Error('no'))).not.to.have.property('cause');
  });

  it('gives the single errors of an AggregateError as an AggregateError', () => {
    const { cause } = sent(new AggregateError([new Error('one'), new Error('other')], 'all'));

    expect(cause).to.be.instanceOf(AggregateError);
    expect((cause as AggregateError).errors.map(({ message }) => message)).to.deep.equal(['one', 'other']);
  });

  it('says something when the other side said nothing', () => {
    for (const nothing of [undefined, null, 1, 'text', [], {}, { message: {} }]) {
      expect(fromWireError(nothing))
        .to.be.instanceOf(RemoteError)
        .with.property('message')
        .that.matches(/did not say why/);
    }
  });

  it('ignores what has the wrong shape, and stops at a depth', () => {
    let wire: unknown = { message: 'bottom' };
    for (let depth = 0; depth < 5_000; depth++) wire = { message: 'up', name: 1, code: {}, stack: [], cause: wire };

    const error = fromWireError(wire);

    expect(error.details).to.deep.equal({
      remoteName: 'Error',
      remoteCode: undefined,
      remoteDetails: undefined,
      remoteStack: undefined,
    });
    expect(error).to.have.nested.property('cause.cause').that.does.not.have.property('cause');
  });
});

describe('an error sent to the other side', () => {
  const anything = fc.anything({
    withBigInt: true,
    withMap: true,
    withSet: true,
    withDate: true,
    withTypedArray: true,
  });

  it('never throws, and arrives as it left, whatever was thrown', () => {
    const errors = fc
      .record({
        message: fc.string(),
        name: anything,
        code: anything,
        details: anything,
        cause: anything,
        errors: anything,
      })
      .map(({ message, ...rest }) => Object.assign(new Error(message), rest));
    fc.assert(
      fc.property(fc.oneof(anything, errors), thrown => {
        const wire = toWireError(thrown);

        expect(JSON.parse(JSON.stringify(wire))).to.deep.equal(wire);
        expect(structuredClone(wire)).to.deep.equal(wire);
        expect(fromWireError(wire).message).to.equal(wire.message);
      }),
    );
  });

  it('is a ClusterError whatever the other side claims', () => {
    const field = fc.oneof(anything, fc.string(), fc.constantFrom('constructor', '__proto__', 'CLUSTER_WRONG_CALL'));
    const claims = fc.record({ name: field, message: field, code: field, details: field, stack: field, cause: field });
    fc.assert(
      fc.property(fc.oneof(anything, claims), claim => {
        expect(fromWireError(claim)).to.be.instanceOf(ClusterError);
      }),
    );
  });
});
