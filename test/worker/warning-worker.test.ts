import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type WorkerEvents, workerEventDefinitions } from '../../lib/worker/events.js';
import { WarningWorker } from '../../lib/worker/warning-worker.js';
import { capturedWarnings } from '../support/warnings.js';

class Cook extends WarningWorker<WorkerEvents> {
  static {
    this.define<WorkerEvents>(workerEventDefinitions);
  }

  tell<Name extends keyof WorkerEvents & string>(name: Name, data: WorkerEvents[Name]): void {
    this._publish(name, data);
  }

  failToLeave(error: unknown): void {
    this._warnOfDestruction(error);
  }
}

describe('WarningWorker', () => {
  const message = { type: 'burnt' };
  const events = {
    primaryMessageUnhandled: { message, handle: undefined },
    sendError: { error: new Error('lost'), message },
    channelViolation: { reason: 'garbage' },
  };
  const warningsOf = async (cook: Cook, name: keyof typeof events) => {
    return (await capturedWarnings(() => cook.tell(name, events[name]))).length;
  };

  for (const [name, heard] of [
    ['primaryMessageUnhandled', 'primaryMessage'],
    ['sendError', 'sendError'],
    ['channelViolation', 'channelViolation'],
  ] as const) {
    it(`warns of \`${name}\`, unless somebody listens to \`${heard}\``, async () => {
      const cook = new Cook({ initialize: false });
      expect(await warningsOf(cook, name)).to.equal(1);

      const heardCook = new Cook({ initialize: false });
      heardCook.on(heard, () => {});
      expect(await warningsOf(heardCook, name)).to.equal(0);
    });
  }

  it('warns of a destruction that failed', async () => {
    const cook = new Cook({ initialize: false });

    const [warning] = await capturedWarnings(() => cook.failToLeave(new Error('stuck')));

    expect(warning?.message).to.include('stuck');
  });
});
