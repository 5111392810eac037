import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  GroupFailedError,
  InvalidOptionError,
  PreventedError,
  ReloadError,
  ShutDownError,
  UnknownGroupError,
  WorkerBootError,
  WorkerScriptNotFoundError,
} from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import type { ReloadOptions } from '../../lib/primary/operation-options.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { capturedWarnings } from '../support/warnings.js';

/** A primary that stands, on a cluster whose workers obey. */
async function house(options: ClusterPrimaryOptions = {}) {
  const cluster = new FakeCluster();
  cluster.obedient = true;
  const primary = await new ClusterPrimary({ gracefulOnSignals: [], workerCount: 2, ...options }).ready;
  const told: [name: string, data: unknown][] = [];
  primary.observe().subscribe(({ name, data }) => told.push([name, data]));
  const close = async () => {
    cluster.obedient = true;
    await primary.destroy();
    cluster[Symbol.dispose]();
  };
  return { cluster, primary, told, [Symbol.asyncDispose]: close };
}

const groups = { api: { workerCount: 1 } };
const now = { stability: 0 } as const;
const operations = [
  ['scale', { workerCount: 1 }],
  ['drain', {}],
  ['resume', {}],
  ['recycle', {}],
  ['reload', now],
] as const;

/** Calls the method with its options. */
function operate(primary: ClusterPrimary, [name, options]: (typeof operations)[number]): Promise<unknown> {
  return Reflect.apply(primary[name], primary, [options]);
}

const names = (primary: ClusterPrimary) => primary.workers.map(({ name }) => name);
const ids = (primary: ClusterPrimary) => primary.workers.map(({ id }) => id);

describe('OperatingPrimary', () => {
  for (const operation of operations) {
    const [name] = operation;

    describe(`#${name}`, () => {
      it(`is told as \`${name}\`, and can be prevented`, async () => {
        await using kitchen = await house();
        const { primary, cluster } = kitchen;
        const told: unknown[] = [];
        primary.before(name, event => {
          told.push(event.data);
          event.prevent();
        });

        const error = await rejection(operate(primary, operation));

        expect(error).to.be.instanceOf(PreventedError).with.nested.property('details.event', name);
        expect([ids(primary), cluster.forks.length]).to.deep.equal([[1, 2], 2]);
        expect(told).to.have.lengthOf(1);
        expect(told[0]).to.have.property('group', name === 'scale' ? 'default' : undefined);
      });

      it('rejects once the cluster shuts down, even while its workers still work, and tells nobody', async () => {
        await using kitchen = await house();
        const { primary, told } = kitchen;
        const errors: (Error & { details?: object })[] = [];
        primary.onShutDown(
          'last',
          async () => {
            told.length = 0;
            errors.push(await rejection(operate(primary, operation)));
            expect([ids(primary), told]).to.deep.equal([[1, 2], []]);
          },
          { phase: 'unbind' },
        );
        await primary.shutDown();
        errors.push(await rejection(operate(primary, operation)));

        expect(errors).to.have.lengthOf(2);
        for (const error of errors) expect(error).to.be.instanceOf(ShutDownError);
        expect(errors[0]?.details).to.deep.equal({ operation: name });
      });

      it('rejects when a listener that is told of it shuts the cluster down', async () => {
        await using kitchen = await house();
        const { primary, cluster } = kitchen;
        primary.on(name, () => void primary.shutDown());

        expect(await rejection(operate(primary, operation))).to.be.instanceOf(ShutDownError);
        await primary.shutDown();

        expect(cluster.forks).to.have.lengthOf(2);
      });

      it('refuses groups that there are not', async () => {
        await using kitchen = await house();

        const wrong = operate(kitchen.primary, [name, { ...operation[1], group: 'apo' }] as never);

        expect(await rejection(wrong)).to.be.instanceOf(UnknownGroupError);
        expect(kitchen.told).to.deep.equal([]);
      });

      it('rejects when the start fails', async () => {
        const primary = new ClusterPrimary({
          gracefulOnSignals: [],
          workerCount: 1,
          workerScript: './nothing-here.js',
        });

        expect(await rejection(operate(primary, operation))).to.be.instanceOf(WorkerScriptNotFoundError);
      });
    });
  }

  it('can be used as soon as it is set up, in `_initialize` of a subclass', async () => {
    class Early extends ClusterPrimary {
      protected override async _initialize(): Promise<void> {
        await this.scale({ workerCount: 2 });
      }
    }
    using cluster = new FakeCluster();
    cluster.obedient = true;
    const primary = new Early({ gracefulOnSignals: [], workerCount: 1 });
    const started = await primary.ready.then(({ workers }) => workers.length);
    await primary.destroy();

    expect(started).to.equal(3);
  });

  describe('#scale', () => {
    it('resolves when there are so many workers, and no other group has changed', async () => {
      await using kitchen = await house({ groups });
      const { primary } = kitchen;
      await primary.scale({ group: 'default', workerCount: 3 });
      expect(names(primary)).to.deep.equal(['default-0', 'default-1', 'api-0', 'default-2']);

      await primary.scale({ group: 'default', workerCount: 1 });

      expect(names(primary)).to.deep.equal(['default-0', 'api-0']);
    });

    it('takes `auto`', async () => {
      await using kitchen = await house();
      await kitchen.primary.scale({ workerCount: 'auto' });

      expect(kitchen.primary.workers.length).to.be.at.least(1);
      expect(kitchen.told[0]).to.have.nested.property('[1].workerCount', kitchen.primary.workers.length);
    });

    it('needs a group where there are several', async () => {
      await using kitchen = await house({ groups });

      expect(await rejection(kitchen.primary.scale({ workerCount: 1 }))).to.be.instanceOf(InvalidOptionError);
    });

    it('rejects with the first worker that does not start, and says which', async () => {
      await using kitchen = await house();
      kitchen.cluster.obedient = false;
      const scaled = rejection(kitchen.primary.scale({ workerCount: 3 }));
      await settled();
      kitchen.cluster.worker(2).exits(3);

      const error = await scaled;

      expect(error).to.be.instanceOf(WorkerBootError);
      expect(error.details).to.deep.equal({ workerId: 3, name: 'default-2', exitCode: 3, signal: null });
      expect(names(kitchen.primary)).to.deep.equal(['default-0', 'default-1']);
    });

    it('says so when the process of one could not even be started', async () => {
      await using kitchen = await house();
      kitchen.cluster.failure = new Error('spawn EMFILE');

      const error = await rejection(kitchen.primary.scale({ workerCount: 3 }));

      expect(error.details).to.deep.include({ workerId: undefined, name: 'default-2' });
    });
  });

  describe('#drain and #resume', () => {
    it('stop the workers of a group and start them again, in the same slots', async () => {
      await using kitchen = await house({ groups });
      const { primary } = kitchen;
      await primary.drain({ group: 'default' });
      expect(names(primary)).to.deep.equal(['api-0']);

      await primary.resume({ group: 'default' });

      expect(names(primary)).to.have.members(['api-0', 'default-0', 'default-1']);
    });

    it('reject when the group fails again', async () => {
      await using kitchen = await house({ workerCount: 1, restart: { intensity: 0 } });
      const { primary, cluster } = kitchen;
      cluster.obedient = false;
      await capturedWarnings(async () => {
        cluster.worker(0).exits(1);
        const resumed = rejection(primary.resume());
        await settled();
        cluster.worker(1).exits(1);

        expect(await resumed).to.be.instanceOf(GroupFailedError);
      });
    });
  });

  describe('#recycle', () => {
    it('replaces every worker', async () => {
      await using kitchen = await house();
      await kitchen.primary.recycle();

      expect(ids(kitchen.primary)).to.deep.equal([3, 4]);
    });

    it('rejects with the first new one that fails', async () => {
      await using kitchen = await house();
      const { primary, cluster } = kitchen;
      cluster.failure = new Error('spawn EMFILE');

      expect(await rejection(primary.recycle())).to.be.instanceOf(WorkerBootError);
      expect(ids(primary)).to.deep.equal([1, 2]);
    });
  });

  describe('#reload', () => {
    it('gives each worker what it changes, and says whom it has replaced', async () => {
      await using kitchen = await house({ workerEnv: { DISH: 'soup' } });
      const { primary, cluster, told } = kitchen;

      const report = await primary.reload({ ...now, args: ['--new'], env: { SALT: 'yes' } });

      expect(report).to.deep.equal({ replaced: ['default-0', 'default-1'], notReplaced: [], rolledBack: [] });
      expect(told.at(-1)).to.deep.equal(['reloadComplete', { report }]);
      for (const { env, settings } of cluster.forks.slice(2)) {
        expect(env).to.include({ DISH: 'soup', SALT: 'yes' });
        expect(settings).to.deep.include({ args: ['--new'] });
      }
    });

    it('refuses a script that is not there, and tells nobody', async () => {
      await using kitchen = await house();

      const error = await rejection(kitchen.primary.reload({ script: './nothing-here.js' }));

      expect(error).to.be.instanceOf(WorkerScriptNotFoundError);
      expect(kitchen.told).to.deep.equal([]);
    });

    describe('that fails', () => {
      /** What it rejects with, and what `reloadError` told; warnings would fail the test. */
      async function failing(kitchen: Awaited<ReturnType<typeof house>>, options: ReloadOptions, during: () => void) {
        let error: unknown;
        const warnings = await capturedWarnings(async () => {
          const rejected = rejection(kitchen.primary.reload({ ...now, ...options }));
          await settled();
          during();
          error = await rejected;
        });
        expect(warnings).to.deep.equal([]);
        const told = kitchen.told.find(([name]) => name === 'reloadError')?.[1] as Record<string, unknown> | undefined;
        expect(told?.error).to.equal(error);
        return { error, report: told?.report };
      }
      const untouched = { replaced: [], notReplaced: ['default-0', 'default-1'], rolledBack: [] };

      it('is a ReloadError with a report when a worker fails, of which nobody warns', async () => {
        await using kitchen = await house();
        kitchen.cluster.failure = new Error('spawn EMFILE');

        const { error, report } = await failing(kitchen, {}, () => {});

        expect(error)
          .to.be.instanceOf(ReloadError)
          .and.deep.include({ details: { ...untouched, failed: 'default-0' } });
        expect(error).to.have.nested.property('cause.code', 'CLUSTER_WORKER_BOOT');
        expect(report).to.deep.equal(untouched);
      });

      it('is a ShutDownError when the cluster shuts down meanwhile', async () => {
        await using kitchen = await house();
        kitchen.cluster.obedient = false;

        const { error, report } = await failing(kitchen, {}, () => void kitchen.primary.shutDown());
        for (const worker of kitchen.cluster.workers) worker.exits(0);

        expect(error).to.be.instanceOf(ShutDownError);
        expect(report).to.deep.equal(untouched);
      });

      it('is a PreventedError when somebody prevents a fork', async () => {
        await using kitchen = await house();
        kitchen.primary.before('fork', event => void event.prevent());

        const { error, report } = await failing(kitchen, {}, () => {});

        expect(error).to.be.instanceOf(PreventedError).with.nested.property('details.event', 'fork');
        expect(report).to.deep.equal(untouched);
      });

      it("is the signal's reason when that ends it", async () => {
        await using kitchen = await house();
        const { primary, cluster } = kitchen;
        const abort = new AbortController();
        const reason = new Error('enough');
        cluster.obedient = false;

        const { error, report } = await failing(kitchen, { signal: abort.signal }, () => {
          abort.abort(reason);
          cluster.worker(2).exits(0);
        });

        expect(error).to.equal(reason);
        expect([report, ids(primary)]).to.deep.equal([untouched, [1, 2]]);
      });
    });

    it('begins nothing when its signal is aborted already', async () => {
      await using kitchen = await house();

      const error = await rejection(kitchen.primary.reload({ signal: AbortSignal.abort(new Error('enough')) }));

      expect(error.message).to.equal('enough');
      expect(kitchen.told).to.deep.equal([]);
    });

    it('joins one that changes the same, and comes after one that changes something else', async () => {
      await using kitchen = await house({ workerCount: 1 });
      const { primary, cluster } = kitchen;
      const args = (value: string) => primary.reload({ ...now, args: [value] });

      await Promise.all([args('--one'), args('--one'), args('--two'), args('--one')]);

      const forked = cluster.forks.slice(1).map(({ settings }) => Reflect.get(settings ?? {}, 'args'));
      expect(forked).to.deep.equal([['--one'], ['--two'], ['--one']]);
    });
  });
});
