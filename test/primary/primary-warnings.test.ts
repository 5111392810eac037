import { expect } from 'chai';
import { describe, it } from 'mocha';
import { UnknownWorkerError } from '../../lib/errors/errors.js';
import type { PrimaryEvents } from '../../lib/primary/events.js';
import { PrimaryWarnings } from '../../lib/primary/primary-warnings.js';
import { exitOf } from '../support/exit-records.js';
import { FakeClock } from '../support/fake-clock.js';
import { capturedWarnings } from '../support/warnings.js';
import { readyProcess } from '../support/worker-process.js';

const worker = readyProcess().worker.handle;

function warned(act: (warnings: PrimaryWarnings) => void) {
  return capturedWarnings(() => act(new PrimaryWarnings(new FakeClock())));
}

function unhandled(message: unknown): PrimaryEvents['workerMessageUnhandled'] {
  return { message, handle: undefined, worker };
}

describe('PrimaryWarnings', () => {
  it('tells once per type how to handle it', async () => {
    const warnings = await warned(each => {
      each.unhandled(unhandled({ type: 'plated' }));
      each.unhandled(unhandled({ type: 'plated' }));
      each.unhandled(unhandled('plated'));
    });

    expect(warnings.map(({ message }) => message)).to.deep.equal([
      'Worker `cook` sent a message of type `"plated"` (string), which nobody handles: write `_eventWorkerMessage_plated`',
      "Worker `cook` sent a message without a usable `type`, which nobody handles: subscribe to 'workerMessage'",
    ]);
    expect(warnings[0]).to.include({ type: 'ClusterWarning', code: 'unhandled:plated' });
  });

  it('tells what could not be sent, a kind of failure at a time', async () => {
    const error = new UnknownWorkerError('There is no worker 9', { to: 9, known: [] });

    const warnings = await warned(each => {
      each.sendFailed({ error, message: 1, worker });
      each.sendFailed({ error, message: 2, worker });
      each.sendFailed({ error: 'closed', message: 3, worker });
    });

    expect(warnings.map(({ message }) => message)).to.deep.equal([
      'A message could not be sent: There is no worker 9',
      'A message could not be sent: `"closed"` (string)',
    ]);
  });

  it('tells what was dropped', async () => {
    const warnings = await warned(each => {
      each.violation({ worker, reason: 'a malformed frame' });
      each.violation({ worker, reason: 'a message that does not fit', error: new Error('at `table`') });
    });

    expect(warnings.map(({ message }) => message)).to.deep.equal([
      'Dropped what worker `cook` sent: a malformed frame',
      'Dropped what worker `cook` sent: a message that does not fit: at `table`',
    ]);
  });

  it('tells why a group has failed', async () => {
    const exits = [exitOf({ code: 1 }), exitOf({ code: null, signal: 'SIGKILL' })];

    const [warning] = await warned(each => each.groupFailed({ group: 'api', exits }));

    expect(warning?.message).to.equal(
      'Group `api` has failed and is not restarted any more, after 2 exits: crash (1), signal (SIGKILL)',
    );
  });

  it('tells why a reload failed', async () => {
    const [warning] = await warned(each => each.reloadFailed(new Error('no good')));

    expect(warning).to.include({ message: 'A reload failed: no good', code: 'reload:unknown' });
  });

  it("tells a subscriber's failure with its stack", async () => {
    const error = new Error('burnt');
    const event = { name: 'workerReady' } as PrimaryEvents['error']['event'];

    const [first, second] = await warned(each => {
      each.listenerFailed({ error, event, stageName: 'on' });
      each.listenerFailed({ error: 'thrown', event, stageName: 'on' });
    });

    expect(first?.message).to.equal(`A subscriber of \`workerReady\` failed at \`on\`: ${error.stack}`);
    expect(second?.message).to.equal('A subscriber of `workerReady` failed at `on`: `"thrown"` (string)');
  });
});
