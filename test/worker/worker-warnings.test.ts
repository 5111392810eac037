import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WorkerWarnings } from '../../lib/worker/worker-warnings.js';
import { FakeClock } from '../support/fake-clock.js';
import { capturedWarnings } from '../support/warnings.js';

async function warned(act: (warnings: WorkerWarnings) => void): Promise<readonly string[]> {
  const warnings = await capturedWarnings(() => act(new WorkerWarnings(new FakeClock())));
  return warnings.map(({ message }) => message);
}

describe('WorkerWarnings', () => {
  it('tells once per type how to handle it', async () => {
    const messages = await warned(each => {
      each.unhandled({ message: { type: 'cook' }, handle: undefined });
      each.unhandled({ message: { type: 'cook' }, handle: undefined });
      each.unhandled({ message: 'cook', handle: undefined });
    });

    expect(messages).to.deep.equal([
      'The primary sent a message of type `"cook"` (string), which nobody handles: write `_eventPrimaryMessage_cook`',
      "The primary sent a message without a usable `type`, which nobody handles: subscribe to 'primaryMessage'",
    ]);
  });

  it('tells once per type how to handle what another worker sent', async () => {
    const from = { id: 3, name: 'cook', group: 'kitchen' };
    const messages = await warned(each => {
      each.unhandled({ message: { type: 'pass' }, handle: undefined });
      each.unhandledOfPeer({ message: { type: 'pass' }, from });
      each.unhandledOfPeer({ message: { type: 'pass' }, from });
      each.unhandledOfPeer({ message: 'pass', from });
      each.violation({ reason: 'a malformed frame', from });
    });

    expect(messages).to.deep.equal([
      'The primary sent a message of type `"pass"` (string), which nobody handles: write `_eventPrimaryMessage_pass`',
      'Worker `cook` sent a message of type `"pass"` (string), which nobody handles: write `_eventPeerMessage_pass`',
      "Worker `cook` sent a message without a usable `type`, which nobody handles: subscribe to 'peerMessage'",
      'Dropped what worker `cook` sent: a malformed frame',
    ]);
  });

  it('tells what could not be sent', async () => {
    const messages = await warned(each => {
      each.sendFailed({ error: new Error('closed'), message: 1 });
      each.sendFailed({ error: new Error('closed'), message: 2 });
      each.sendFailed({ error: 'full', message: 3 });
    });

    expect(messages).to.deep.equal([
      'A message could not be sent: closed',
      'A message could not be sent: `"full"` (string)',
    ]);
  });

  it('tells what was dropped', async () => {
    const messages = await warned(each => {
      each.violation({ reason: 'a malformed frame' });
      each.violation({ reason: 'a message that does not fit', error: new Error('at `dish`') });
    });

    expect(messages).to.deep.equal([
      'Dropped what the primary sent: a malformed frame',
      'Dropped what the primary sent: a message that does not fit: at `dish`',
    ]);
  });

  it('tells which shutdown hook failed, once', async () => {
    const error = new Error('still hot');
    const messages = await warned(each => {
      each.hookFailed({ name: 'oven', phase: 'release', error });
      each.hookFailed({ name: 'oven', phase: 'release', error });
    });

    expect(messages).to.deep.equal([`The shutdown hook \`oven\` failed in \`release\`: ${error.stack}`]);
  });

  it('tells what failed at the end, with its stack', async () => {
    const error = new Error('still hot');

    expect(await warned(each => each.destroyFailed(error))).to.deep.equal([
      `The worker could not be destroyed cleanly: ${error.stack}`,
    ]);
    expect(await warned(each => each.destroyFailed('thrown'))).to.deep.equal([
      'The worker could not be destroyed cleanly: `"thrown"` (string)',
    ]);
  });
});
