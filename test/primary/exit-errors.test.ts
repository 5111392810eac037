import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WorkerBootError, WorkerExitedError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { bootError, exitedError } from '../../lib/primary/exit-errors.js';
import { exitOf } from '../support/exit-records.js';

const cook = { workerId: 7, name: 'cook' };

describe('exitedError', () => {
  it('says how the process ended', () => {
    const byCode = exitedError(cook, { code: 3, signal: null });
    const bySignal = exitedError(cook, { code: null, signal: 'SIGKILL' });

    expect(byCode).to.be.instanceOf(WorkerExitedError).with.property('message', 'Worker `cook` (7) exited with code 3');
    expect(byCode.details).to.deep.equal({ ...cook, exitCode: 3, signal: null });
    expect(bySignal.message).to.equal('Worker `cook` (7) exited with SIGKILL');
  });

  it('says what is known as long as only the channel is closed', () => {
    const error = exitedError(cook, undefined);

    expect(error.message).to.equal('Worker `cook` (7) has closed its channel');
    expect(error.details).to.deep.equal(cook);
  });
});

describe('bootError', () => {
  it('says how the start failed', () => {
    const messages = [
      exitOf({ wasReady: false, code: 3 }),
      exitOf({ wasReady: false, code: null, signal: 'SIGKILL' }),
      exitOf({ wasReady: false, code: null, signal: null }),
      exitOf({ wasReady: false, bootTimedOut: true }),
      exitOf({ wasReady: false, code: 0, intent: 'scaled' }),
    ].map(exit => bootError('cook', exit).message);

    expect(messages).to.deep.equal([
      'Worker `cook` exited with code 3 before it was ready',
      'Worker `cook` exited with SIGKILL before it was ready',
      'Worker `cook` could not be started',
      'Worker `cook` was not ready in time',
      'Worker `cook` was stopped: scaled',
    ]);
  });

  it('says when a worker was ready, but not for as long as a reload wants', () => {
    const messages = [
      exitOf({ code: 0 }),
      exitOf({ code: 3 }),
      exitOf({ code: null, signal: 'SIGABRT' }),
      exitOf({ code: null, signal: 'SIGKILL' }),
    ].map(exit => bootError('cook', exit).message);

    expect(messages).to.deep.equal([
      'Worker `cook` exited with code 0 soon after it was ready',
      'Worker `cook` exited with code 3 soon after it was ready',
      'Worker `cook` exited with SIGABRT soon after it was ready',
      'Worker `cook` exited with SIGKILL soon after it was ready',
    ]);
  });

  it('has what the worker said as its cause', () => {
    const error = bootError(
      'cook',
      exitOf({ workerId: 7, wasReady: false, code: 1, error: toWireError(new TypeError('no gas')) }),
    );

    expect(error).to.be.instanceOf(WorkerBootError).with.nested.property('cause.message', 'no gas');
    expect(error.message).to.equal('Worker `cook` exited with code 1 before it was ready: no gas');
    expect(error.details).to.deep.equal({ ...cook, exitCode: 1, signal: null });
  });

  it('names no id when there never was a process', () => {
    const { details } = bootError('cook', exitOf({ wasReady: false, code: null }));

    expect(details).to.deep.equal({ workerId: undefined, name: 'cook', exitCode: null, signal: null });
  });
});
