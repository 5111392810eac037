import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type PrimaryEvents, primaryEventDefinitions } from '../../lib/primary/events.js';
import { WarningPrimary } from '../../lib/primary/warning-primary.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { capturedWarnings } from '../support/warnings.js';

class House extends WarningPrimary<PrimaryEvents> {
  static {
    this.define<PrimaryEvents>(primaryEventDefinitions);
  }

  tell<Name extends keyof PrimaryEvents & string>(name: Name, data: PrimaryEvents[Name]): void {
    this._publish(name, data);
  }
}

describe('WarningPrimary', () => {
  // Only its name is read.
  const worker = { name: 'anna' } as WorkerHandle;
  const message = { type: 'burnt' };
  const events = {
    workerMessageUnhandled: { message, handle: undefined, worker },
    sendError: { error: new Error('lost'), message, worker: undefined },
    channelViolation: { worker, reason: 'garbage' },
    groupFailed: { group: 'default', exits: [] },
    reloadError: { error: new Error('no good'), report: { replaced: [], notReplaced: ['anna'], rolledBack: [] } },
  };
  const warningsOf = async (house: House, name: keyof typeof events) => {
    return (await capturedWarnings(() => house.tell(name, events[name]))).length;
  };

  for (const name of Object.keys(events) as (keyof typeof events)[]) {
    it(`warns of \`${name}\`, unless that is prevented`, async () => {
      const house = new House({ initialize: false });
      expect(await warningsOf(house, name)).to.equal(1);

      const calm = new House({ initialize: false });
      calm.before(name, event => void event.prevent());
      expect(await warningsOf(calm, name)).to.equal(0);
    });
  }

  for (const [name, heard] of [
    ['workerMessageUnhandled', 'workerMessage'],
    ['sendError', 'sendError'],
    ['channelViolation', 'channelViolation'],
    ['reloadError', 'reloadError'],
  ] as const) {
    it(`does not warn of \`${name}\` when somebody listens to \`${heard}\``, async () => {
      const house = new House({ initialize: false });
      house.on(heard, () => {});

      expect(await warningsOf(house, name)).to.equal(0);
    });
  }

  it('warns of a listener that throws, and lives on', async () => {
    const house = new House({ initialize: false });
    house.on('groupFailed', () => {
      throw new Error('bad listener');
    });

    const [first] = await capturedWarnings(() => house.tell('groupFailed', events.groupFailed));

    expect(first?.message).to.include('bad listener');
  });
});
