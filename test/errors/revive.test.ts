import { expect } from 'chai';
import { describe, it } from 'mocha';
import * as errors from '../../lib/errors/errors.js';
import { revive, reviveTrusted } from '../../lib/errors/revive.js';
import { fromPrimaryError, fromWireError, toWireError } from '../../lib/errors/wire-error.js';

const { CodecMismatchError, MessageValidationError, RequestPreventedError, UnknownMessageTypeError, WrongCallError } =
  errors;

describe('revive', () => {
  const issues = [{ message: 'too small', path: ['table', '0'] }];
  for (const error of [
    new UnknownMessageTypeError('unknown', { section: 'primaryRequest', type: 'menu' }),
    new RequestPreventedError('prevented', { section: 'primaryRequest', type: { odd: true } }),
    new WrongCallError('wrong', { type: 'menu', use: 'stream' }),
    new MessageValidationError('invalid', { section: 'workerMessage', type: 'plated', issues }),
    new CodecMismatchError('mismatch', { expected: 'msgpackr', actual: 'cbor' }),
    new errors.AddressTakenError('taken', { address: '*:80', group: 'web', holder: 'api' }),
  ]) {
    it(`brings ${error.name} back as what it was`, () => {
      const revived = fromWireError(JSON.parse(JSON.stringify(toWireError(error))));

      expect(revived).to.be.instanceOf(error.constructor);
      expect([revived.code, revived.message, revived.details]).to.deep.equal([
        error.code,
        error.message,
        error.details,
      ]);
    });
  }

  it('brings a mismatch with no codec back, though JSON drops what is undefined', () => {
    const error = new CodecMismatchError('mismatch', { expected: undefined, actual: 'cbor' });

    expect(fromWireError(JSON.parse(JSON.stringify(toWireError(error)))).details).to.deep.equal(error.details);
  });

  it('keeps the cause', () => {
    const error = new WrongCallError('wrong', { type: 'menu', use: 'stream' }, { cause: new Error('why') });

    expect(fromWireError(toWireError(error))).to.have.nested.property('cause.message', 'why');
  });

  it('brings no other error of the table back', () => {
    const shape = { section: 's', type: 't', use: 'stream', issues: [] };
    const codes = Object.values(errors).map(Each => new Each('no', shape as never).code);

    const revived = codes.filter(code => revive({ code, message: 'no', details: shape, options: {} }) !== undefined);

    expect(revived.sort()).to.deep.equal([
      'CLUSTER_CODEC_MISMATCH',
      'CLUSTER_MESSAGE_VALIDATION',
      'CLUSTER_REQUEST_PREVENTED',
      'CLUSTER_UNKNOWN_MESSAGE_TYPE',
      'CLUSTER_WRONG_CALL',
    ]);
  });

  it('brings back, of what the primary says, what only it can know', () => {
    const details = { workerId: 3, name: 'cook', exitCode: null, signal: 'SIGKILL' };
    const error = new errors.WorkerExitedError('gone', details);

    const [trusted, untrusted] = [fromPrimaryError, fromWireError].map(from =>
      from(JSON.parse(JSON.stringify(toWireError(error)))),
    );

    expect(trusted).to.be.instanceOf(errors.WorkerExitedError).and.to.deep.include({ message: 'gone', details });
    expect(untrusted).to.be.instanceOf(errors.RemoteError);
    const others = [
      'CLUSTER_UNKNOWN_WORKER',
      'CLUSTER_NO_WORKER',
      'CLUSTER_UNKNOWN_GROUP',
      'CLUSTER_BACKPRESSURE',
      'CLUSTER_PREVENTED',
    ];
    for (const code of others) {
      expect(reviveTrusted({ code, message: 'no', details: {}, options: {} }), code).to.have.property('code', code);
    }
    for (const code of ['constructor', 'CLUSTER_REMOTE', undefined, {}]) {
      expect(reviveTrusted({ code, message: 'no', details: {}, options: {} })).to.equal(undefined);
    }
    expect(reviveTrusted({ code: others[0], message: 'no', details: undefined, options: {} })).to.equal(undefined);
    expect(
      fromPrimaryError(toWireError(new RequestPreventedError('no', { section: 's', type: 't' }))),
    ).to.be.instanceOf(RequestPreventedError);
  });

  for (const [code, details] of [
    ['CLUSTER_UNKNOWN_MESSAGE_TYPE', { section: 1 }],
    ['CLUSTER_REQUEST_PREVENTED', {}],
    ['CLUSTER_WRONG_CALL', { type: 'menu', use: 'neither' }],
    ['CLUSTER_MESSAGE_VALIDATION', { section: 's', type: 't', issues: 'none' }],
    ['CLUSTER_MESSAGE_VALIDATION', { section: 's', type: 1, issues: [] }],
    ['CLUSTER_CODEC_MISMATCH', { expected: 1 }],
    ['CLUSTER_CODEC_MISMATCH', { expected: 'msgpackr', actual: null }],
    ['CLUSTER_WRONG_CALL', undefined],
    ['CLUSTER_WRONG_CALL', 'text'],
    ['constructor', { section: 's' }],
    [{}, { section: 's' }],
  ] as const) {
    it(`brings nothing back of ${JSON.stringify(code)} with ${JSON.stringify(details)}`, () => {
      expect(revive({ code, details, message: 'no', options: {} })).to.equal(undefined);
    });
  }

  it('drops issues, and parts of details, that do not belong there', () => {
    const hostile = [
      { message: 'no', path: [{ toString: 1 }] },
      null,
      'text',
      { path: [] },
      { ...issues[0], extra: 1 },
    ];
    const details = { section: 's', type: 't', issues: hostile, extra: 1 };

    const revived = revive({ code: 'CLUSTER_MESSAGE_VALIDATION', details, message: 'no', options: {} });

    expect(revived?.details).to.deep.equal({ section: 's', type: 't', issues });
  });
});
