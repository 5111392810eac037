import { constants } from 'node:os';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { signalDesk } from '../../lib/primary/signals.js';
import { runProgram } from '../support/run-program.js';

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

    const first = signalDesk.watch(['SIGUSR2'], idle);
    counts.push(listeners() - before);
    const second = signalDesk.watch(['SIGUSR2'], { ...idle });
    counts.push(listeners() - before);
    first();
    first();
    counts.push(listeners() - before);
    second();

    expect([...counts, listeners() - before]).to.deep.equal([1, 1, 1, 0]);
  });

  it('watches nothing for an empty list', () => {
    const before = process.eventNames();

    signalDesk.watch([], idle)();

    expect(process.eventNames()).to.deep.equal(before);
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

  it('exits with 1, loudly, when stopping fails', async () => {
    const { code, stderr } = await signalled('failing', 'SIGTERM');

    expect(code).to.equal(1);
    expect(stderr).to.include('Error: could not stop');
  });
});
