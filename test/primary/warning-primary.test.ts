import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PreventedError, ReloadError, ShutDownError } from '../../lib/errors/errors.js';
import { type PrimaryEvents, primaryEventDefinitions } from '../../lib/primary/events.js';
import { WarningPrimary, warnOfReload } from '../../lib/primary/warning-primary.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { capturedWarnings } from '../support/warnings.js';

class House extends WarningPrimary<PrimaryEvents> {
  static {
    this.define<PrimaryEvents>(primaryEventDefinitions);
  }

  tell<Name extends keyof PrimaryEvents & string>(name: Name, data: PrimaryEvents[Name]): void {
    this._publish(name, data);
  }

  reloadFailed(error: unknown): void {
    this[warnOfReload](error);
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
  ] as const) {
    it(`does not warn of \`${name}\` when somebody listens to \`${heard}\``, async () => {
      const house = new House({ initialize: false });
      house.on(heard, () => {});

      expect(await warningsOf(house, name)).to.equal(0);
    });
  }

  describe('a reload that nobody waits for', () => {
    const report = { replaced: [], notReplaced: ['anna'], rolledBack: [], failed: undefined };
    const failure = new ReloadError('no good', report);
    const messagesOf = async (error: unknown, house = new House({ initialize: false })) =>
      (await capturedWarnings(() => house.reloadFailed(error))).map(({ message }) => message);

    it('has a warning when it fails', async () => {
      expect(await messagesOf(failure)).to.deep.equal(['A reload failed: no good']);
    });

    it('has none when somebody listens to `reloadError`, unless that did not tell', async () => {
      const house = new House({ initialize: false });
      house.on('reloadError', () => {});

      expect(await messagesOf(failure, house)).to.deep.equal([]);
      expect(await messagesOf(new TypeError('a bug'), house)).to.deep.equal(['A reload failed: a bug']);
    });

    it('has none when somebody wanted it to fail', async () => {
      expect(await messagesOf(new PreventedError('no', { event: 'reload' }))).to.deep.equal([]);
      expect(await messagesOf(new ShutDownError('no', { operation: 'reload' }))).to.deep.equal([]);
    });
  });

  it('warns of a listener that throws, and lives on', async () => {
    const house = new House({ initialize: false });
    house.on('groupFailed', () => {
      throw new Error('bad listener');
    });

    const [first] = await capturedWarnings(() => house.tell('groupFailed', events.groupFailed));

    expect(first?.message).to.include('bad listener');
  });
});
