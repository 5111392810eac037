import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ShutDownError } from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { rejection } from '../support/thrown.js';

/** What an operator may ask for, by name. */
const operations: Readonly<Record<string, (primary: ClusterPrimary) => Promise<unknown>>> = {
  scale: primary => primary.scale({ workerCount: 2 }),
  drain: primary => primary.drain(),
  resume: primary => primary.resume(),
  recycle: primary => primary.recycle(),
  reload: primary => primary.reload(),
};

/** A primary with one worker, which obeys. */
function kitchen(options: ClusterPrimaryOptions = {}) {
  const cluster = new FakeCluster();
  cluster.obedient = true;
  const primary = new ClusterPrimary({ gracefulOnSignals: [], workerCount: 1, ...options });
  const close = async () => {
    await primary.destroy();
    cluster[Symbol.dispose]();
  };
  return { cluster, primary, [Symbol.asyncDispose]: close };
}

describe('OperatingPrimary', () => {
  for (const [name, operate] of Object.entries(operations)) {
    describe(`#${name}`, () => {
      it('is refused when the cluster is shut down, and nobody is told of it', async () => {
        await using house = kitchen();
        const primary = await house.primary.ready;
        const told: string[] = [];
        primary.before(name as 'scale', () => void told.push(name));
        await primary.shutDown();

        const error = await rejection(operate(primary));

        expect(error).to.be.instanceOf(ShutDownError).with.nested.property('details.operation', name);
        expect(told).to.deep.equal([]);
      });

      it('is refused when the primary is destroyed', async () => {
        await using house = kitchen();
        const primary = await house.primary.ready;
        await primary.destroy();

        expect(await rejection(operate(primary))).to.be.instanceOf(ShutDownError);
      });

      it('is refused while the workers live on in the phase `unbind`', async () => {
        await using house = kitchen();
        const primary = await house.primary.ready;
        const errors: unknown[] = [];
        primary.onShutDown('ask', async () => void errors.push(await rejection(operate(primary))), { phase: 'unbind' });

        await primary.shutDown();

        expect(errors[0]).to.be.instanceOf(ShutDownError);
        expect(house.cluster.forks).to.have.lengthOf(1);
      });
    });
  }

  it('ends what is on its way when the cluster begins to shut down, before the phase `unbind`', async () => {
    await using house = kitchen();
    const { cluster } = house;
    const primary = await house.primary.ready;
    primary.on('reloadError', () => {});
    cluster.obedient = false;
    const reload = rejection(primary.reload());
    await primary.once('workerFork');
    const asked: unknown[] = [];
    primary.onShutDown('ask', async () => void asked.push(await reload), { phase: 'unbind' });

    const over = primary.shutDown();
    await reload;
    cluster.worker(1).exits(0);
    await over;

    expect(asked[0]).to.have.property('cause').that.is.instanceOf(ShutDownError);
  });
});
