import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, ShutDownHookError } from '../../lib/errors/errors.js';
import { phasesOfWorker } from '../../lib/supervision/shutdown-phases.js';
import { Deadline } from '../../lib/util/deadline.js';
import { Deferred } from '../../lib/util/deferred.js';
import { ClusterWorker } from '../../lib/worker/cluster-worker.js';
import { work } from '../../lib/worker/messaging-worker.js';
import { becameReady, beginStopping, idle, phases } from '../../lib/worker/phased-worker.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';
import { capturedWarnings } from '../support/warnings.js';

/** Shows what its primary and its departure make of a worker. */
class Cook extends ClusterWorker {
  readonly changes: unknown[] = [];

  constructor() {
    super({ initialize: false });
    this.on('statusChange', ({ data }) => this.changes.push(data));
  }

  open(task: Promise<unknown>): void {
    this[work].track(task);
  }
  beReady(): void {
    this[becameReady]();
  }
  beginStopping(reason: string): void {
    this[beginStopping](reason);
  }
  idle(): Promise<void> {
    return this[idle]();
  }
  drain(deadline = new Deadline(new FakeClock())): Promise<void> {
    return this[phases].run('drain', { reason: 'shutDown', deadline });
  }
}

/** Whether the worker has nothing to do, as far as it can tell now. */
async function isIdle(cook: Cook): Promise<boolean> {
  let over = false;
  void cook.idle().then(() => {
    over = true;
  });
  await settled();
  return over;
}

describe('PhasedWorker', () => {
  describe('#status', () => {
    it('follows from open work until something is set, without an event', async () => {
      const cook = new Cook();
      const shown = [cook.status];
      const task = new Deferred<void>();
      cook.beReady();
      cook.open(task.promise);
      shown.push(cook.status);
      task.resolve();
      await settled();
      shown.push(cook.status);

      expect(shown).to.deep.equal(['INITIALIZING', 'PROCESSING', 'IDLE']);
      expect(cook.changes).to.deep.equal([{ from: 'INITIALIZING', to: 'IDLE' }]);
    });

    it('is what was set, and a change is told once', () => {
      const cook = new Cook();
      cook.status = 'LOADING';
      cook.beReady();
      cook.status = 'PROCESSING';
      cook.status = 'PROCESSING';

      expect(cook.status).to.equal('PROCESSING');
      expect(cook.changes).to.deep.equal([
        { from: 'INITIALIZING', to: 'LOADING' },
        { from: 'LOADING', to: 'PROCESSING' },
      ]);
    });

    it('refuses what is none', () => {
      const cook = new Cook();

      expect(() => {
        cook.status = '';
      }).to.throw(InvalidOptionError, 'Expected `status` to be a string of 1 to 128 characters, got `""` (string)');
      expect(cook.status).to.equal('INITIALIZING');
    });
  });

  describe('what keeps it from stopping', () => {
    it('is open work', async () => {
      const cook = new Cook();
      expect(await isIdle(cook)).to.equal(true);

      const [soup, salad] = [new Deferred<void>(), new Deferred<void>()];
      cook.open(soup.promise);
      const done = cook.idle();
      cook.open(salad.promise);
      soup.resolve();
      expect(await isIdle(cook)).to.equal(false);
      salad.resolve();

      await done;
    });

    it('is the status PROCESSING that was set, and no other', async () => {
      const cook = new Cook();
      cook.status = 'PROCESSING';
      const done = cook.idle();
      expect(await isIdle(cook)).to.equal(false);

      cook.status = 'TIDYING';

      await done;
      expect(await isIdle(cook)).to.equal(true);
    });

    it('is both, however they take turns', async () => {
      const cook = new Cook();
      const soup = new Deferred<void>();
      cook.status = 'PROCESSING';
      const done = cook.idle();
      cook.open(soup.promise);
      cook.status = 'IDLE';
      expect(await isIdle(cook)).to.equal(false);
      cook.status = 'PROCESSING';
      soup.resolve();
      expect(await isIdle(cook)).to.equal(false);
      cook.status = 'IDLE';

      await done;
    });
  });

  it('tells that it stops, and then aborts `stopping`, with a reason that can be thrown', () => {
    const cook = new Cook();
    const seen: unknown[] = [];
    cook.on('shutDown', ({ data: { reason } }) => seen.push(reason, cook.stopping.aborted));
    cook.beginStopping('recycled');

    expect(seen).to.deep.equal(['recycled', false]);
    expect(cook.stopping.reason).to.include({
      ...{ code: 'CLUSTER_SHUT_DOWN', message: 'This worker is stopping: recycled' },
    });
  });

  describe('#onShutDown', () => {
    it('registers hooks, by default of the phase `drain`, and methods by name', async () => {
      const cook = new Cook();
      const log: string[] = [];
      Object.assign(cook, { tidyUp: () => log.push('tidied up') });
      cook.onShutDown('tidy', 'tidyUp');
      cook.onShutDown('door', () => log.push('closed'), { phase: 'unbind' });
      await cook.drain();

      expect(log).to.deep.equal(['tidied up']);
    });

    it('knows every phase', () => {
      const accepted = ['unbind', 'drain', 'release', 'other'].filter(each => phasesOfWorker.accepts(each));

      expect(accepted).to.deep.equal(['unbind', 'drain', 'release']);
    });

    it('refuses a name that is taken', () => {
      const cook = new Cook();
      cook.onShutDown('tidy', () => {});

      expect(() => cook.onShutDown('tidy', () => {})).to.throw(ShutDownHookError);
    });

    it('tells of a hook that fails by an event, and a warning', async () => {
      const cook = new Cook();
      const failures: unknown[] = [];
      const error = new Error('still hot');
      cook.on('shutDownError', ({ data }) => failures.push(data));
      cook.onShutDown('oven', () => Promise.reject(error));

      const warnings = await capturedWarnings(() => cook.drain());

      expect(failures).to.deep.equal([{ name: 'oven', phase: 'drain', error }]);
      expect(warnings[0]?.message).to.include('The shutdown hook `oven` failed in `drain`: Error: still hot');
    });
  });

  describe('#removeShutDown', () => {
    it('takes a hook off', async () => {
      const cook = new Cook();
      const log: string[] = [];
      cook.onShutDown('tidy', () => log.push('tidied up'));
      cook.removeShutDown('tidy');
      await cook.drain();

      expect(log).to.deep.equal([]);
    });

    it('refuses a name that there is not', () => {
      expect(() => new Cook().removeShutDown('tidy')).to.throw(ShutDownHookError);
    });
  });
});
