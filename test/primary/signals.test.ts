import { constants } from 'node:os';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError } from '../../lib/errors/errors.js';
import { signalDesk } from '../../lib/primary/signals.js';
import { runProgram } from '../support/run-program.js';

const none = { gracefulOnSignals: [], reloadOnSignals: [] } as const;
const idle = { stop: () => Promise.resolve(), force: () => {} };

async function signalled(...args: readonly string[]) {
  const { code, stdout, stderr } = await runProgram('dist/test/fixtures/primary/signals.js', ...args);
  return { code, lines: stdout.trim().split('\n'), stderr };
}

describe('signalDesk', () => {
  it('listens once to each signal, for all who watch it, until nobody does', () => {
    const listeners = () => process.listenerCount('SIGUSR2');
    const before = listeners();
    const counts: number[] = [];

    const first = signalDesk.watch({ ...none, gracefulOnSignals: ['SIGUSR2'] }, idle);
    counts.push(listeners() - before);
    const second = signalDesk.watch({ ...none, gracefulOnSignals: ['SIGUSR2'] }, { ...idle });
    counts.push(listeners() - before);
    first();
    first();
    counts.push(listeners() - before);
    second();

    expect([...counts, listeners() - before]).to.deep.equal([1, 1, 1, 0]);
  });

  it('watches nothing for an empty list', () => {
    const before = process.eventNames();

    signalDesk.watch(none, idle)();

    expect(process.eventNames()).to.deep.equal(before);
  });

  it('listens to signals to reload, too', () => {
    const before = process.listenerCount('SIGUSR2');

    const unwatch = signalDesk.watch({ ...none, reloadOnSignals: ['SIGUSR2'] }, idle);
    const during = process.listenerCount('SIGUSR2');
    unwatch();

    expect([during - before, process.listenerCount('SIGUSR2') - before]).to.deep.equal([1, 0]);
  });

  it('refuses a signal that means both', () => {
    const watch = () => signalDesk.watch({ gracefulOnSignals: ['SIGHUP'], reloadOnSignals: ['SIGHUP'] }, idle);

    expect(watch).to.throw(InvalidOptionError, 'Expected `reloadOnSignals` to name no signal of `gracefulOnSignals`');
    expect(process.listenerCount('SIGHUP')).to.equal(0);
  });

  it('reloads all, again and again, and a failure is no crash', async () => {
    expect(await signalled('graceful', 'SIGHUP', 'SIGHUP', 'SIGTERM')).to.deep.equal({
      code: 0,
      lines: ['reload first', 'reload second', 'reload first', 'reload second', 'stop first', 'stop second'],
      stderr: '',
    });
  });

  it('does nothing at a signal to reload while it stops', async () => {
    expect(await signalled('stuck', 'SIGTERM', 'SIGHUP', 'SIGTERM')).to.deep.include({
      code: 128 + constants.signals.SIGTERM,
      lines: ['stop first', 'stop second', 'force first', 'force second'],
    });
  });

  it('stops all gracefully, then exits with 0', async () => {
    expect(await signalled('graceful', 'SIGTERM')).to.deep.equal({
      code: 0,
      lines: ['stop first', 'stop second'],
      stderr: '',
    });
  });

  it('forces all at the second signal, whichever it is, and exits with 128 and its number', async () => {
    expect(await signalled('stuck', 'SIGTERM', 'SIGINT')).to.deep.equal({
      code: 128 + constants.signals.SIGINT,
      lines: ['stop first', 'stop second', 'force first', 'force second'],
      stderr: '',
    });
  });

  it('takes the same signal for one that was passed on when it comes again at once', async () => {
    expect(await signalled('slow', 'SIGINT', 'SIGINT', 'SIGINT')).to.deep.equal({
      code: 0,
      lines: ['stop first', 'stop second'],
      stderr: '',
    });
  });

  it('exits with 1, loudly, when stopping fails', async () => {
    const { code, stderr } = await signalled('failing', 'SIGTERM');

    expect(code).to.equal(1);
    expect(stderr).to.include('Error: could not stop');
  });
});
