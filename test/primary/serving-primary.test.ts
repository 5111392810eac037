import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  DestroyedError,
  InvalidOptionError,
  ShutDownError,
  UnknownGroupError,
  UnknownOptionError,
} from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import type { HealthOptions } from '../../lib/primary/health-options.js';
import type { LivenessReport, ReadinessReport } from '../../lib/primary/health-report.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { probe, statusOf } from '../support/probes.js';
import { localServer } from '../support/sockets.js';
import { rejection } from '../support/thrown.js';

const here = { port: 0, host: '127.0.0.1' } as const;
const quiet = { gracefulOnSignals: [] } as const;

/** A primary, on a cluster of fake workers that obey, with a health server. */
async function house(
  options: ClusterPrimaryOptions = {},
  health: Partial<HealthOptions> = {},
  make: (options: ClusterPrimaryOptions) => ClusterPrimary = all => new ClusterPrimary(all),
) {
  const cluster = new FakeCluster();
  cluster.obedient = true;
  const primary = make({ ...quiet, ...options });
  const { address } = await primary.serveHealth({ ...here, ...health });
  const close = async () => {
    cluster.obedient = true;
    for (const worker of cluster.workers) worker.obeys();
    await primary.destroy();
    cluster[Symbol.dispose]();
  };
  return { cluster, primary, port: address.port, [Symbol.asyncDispose]: close };
}

async function ask<T>(port: number, path: string): Promise<T & { code: number | undefined }> {
  const { status, text } = await probe(port, path);
  return { code: status, ...JSON.parse(text) };
}

const readiness = (port: number) => ask<ReadinessReport>(port, '/readyz');
const liveness = (port: number) => ask<LivenessReport>(port, '/livez');

async function codes(port: number): Promise<unknown[]> {
  return [(await liveness(port)).code, (await readiness(port)).code];
}

/** Refuses new connections. */
async function isClosed(port: number): Promise<boolean> {
  return (await rejection<NodeJS.ErrnoException>(probe(port, '/livez'))).code === 'ECONNREFUSED';
}

describe('ServingPrimary#serveHealth', () => {
  leavesNothingBehind();

  it('answers before the primary starts, while it starts, and when it is ready', async () => {
    await using kitchen = await house({ initialize: false, workerCount: 2 });
    const { primary, port, cluster } = kitchen;
    cluster.obedient = false;
    expect(await codes(port)).to.deep.equal([200, 503]);
    const ready = primary.initialize();
    const starting = await readiness(port);

    expect(starting).to.include({ code: 503, status: 'unready', reason: 'The primary is starting' });
    expect(starting.groups).to.deep.equal({
      default: { state: 'running', ready: 0, wanted: 2, quorum: 1, ok: false },
    });
    for (const worker of cluster.workers) worker.becomesReady();
    await ready;

    expect(await codes(port)).to.deep.equal([200, 200]);
    expect(await readiness(port)).to.have.deep.property('groups', {
      default: { state: 'running', ready: 2, wanted: 2, quorum: 1, ok: true },
    });
  });

  it('tells since when there is the primary', async () => {
    await using kitchen = await house();
    const [live, ready] = [await liveness(kitchen.port), await readiness(kitchen.port)];

    expect(live).to.deep.equal({ code: 200, status: 'live', uptime: live.uptime });
    expect(live.uptime).to.be.within(0, 10_000);
    expect(ready.uptime).to.be.within(live.uptime, 10_000);
  });

  it('needs the quorum of every group', async () => {
    const options = { groups: { api: { workerCount: 3 }, mail: { workerCount: 1 } } };
    await using kitchen = await house(options, { quorum: { api: 2 } });
    const { cluster, port, primary } = kitchen;
    await primary.ready;
    cluster.obedient = false;
    const seen = [await readiness(port)];
    for (const { id } of primary.workers.filter(({ group }) => group === 'api').slice(1)) {
      cluster.worker(id - 1).exits(1);
      seen.push(await readiness(port));
    }

    expect(seen.map(({ code, groups }) => [code, groups.api?.ready, groups.mail?.ok])).to.deep.equal([
      [200, 3, true],
      [200, 2, true],
      [503, 1, true],
    ]);
    expect(seen[2]?.reason).to.equal('Too few workers: api: 1 of 3 ready, 2 needed');
  });

  it('follows the operations of groups', async () => {
    const options = { groups: { api: { workerCount: 2 }, mail: { workerCount: 1 } } };
    await using kitchen = await house(options);
    const { port, primary } = kitchen;
    await primary.ready;

    await primary.drain({ group: 'mail' });
    expect(await readiness(port))
      .to.include({ code: 200 })
      .and.to.have.nested.property('groups.mail.state', 'drained');
    await primary.drain();
    expect(await readiness(port)).to.include({ code: 503, reason: 'All groups are drained' });
    await primary.resume();
    expect(await readiness(port)).to.include({ code: 200 });
    await primary.scale({ group: 'api', workerCount: 0 });
    expect(await readiness(port))
      .to.include({ code: 200 })
      .and.to.have.nested.property('groups.api.wanted', 0);
  });

  it('is asked on the paths that it was given', async () => {
    await using kitchen = await house({}, { path: { live: '/alive' } });
    const { port } = kitchen;

    expect(await statusOf(port, '/alive')).to.equal(200);
    expect(await statusOf(port, '/livez')).to.equal(404);
    expect(await statusOf(port, '/readyz')).to.not.equal(404);
  });

  it('can be called twice, and each server closed by itself', async () => {
    await using kitchen = await house({ workerCount: 1 }, { quorum: 0 });
    const { primary, port } = kitchen;
    await primary.ready;
    const second = await primary.serveHealth({ ...here, path: { ready: '/' } });

    expect([await statusOf(port, '/readyz'), await statusOf(second.address.port, '/')]).to.deep.equal([200, 200]);
    await second.close();
    expect([await isClosed(second.address.port), await statusOf(port, '/readyz')]).to.deep.equal([true, 200]);
  });

  describe('of a primary that stops', () => {
    it('says so from the beginning, while the workers still work', async () => {
      await using kitchen = await house({ workerCount: 1 });
      const { primary, port } = kitchen;
      await primary.ready;
      const begun = new Deferred<void>();
      const gate = new Deferred<void>();
      const hold = () => {
        begun.resolve();
        return gate.promise;
      };
      primary.onShutDown('hold', hold, { phase: 'unbind' });
      const stopped = primary.shutDown();
      await begun.promise;
      const { code, reason, groups } = await readiness(port);

      expect(code).to.equal(503);
      expect(reason).to.equal('The cluster is shutting down');
      expect(groups.default).to.include({ ready: 1, ok: true });
      expect((await liveness(port)).code).to.equal(200);
      gate.resolve();
      await stopped;
    });

    it('is closed when it is shut down, before anybody is told', async () => {
      await using kitchen = await house({ workerCount: 1 });
      const { primary, port } = kitchen;
      await primary.ready;
      const told = primary.once('shutDownComplete').then(() => isClosed(port));
      await primary.shutDown();

      expect(await told).to.equal(true);
    });

    it('stays ready when somebody prevents the shutdown', async () => {
      await using kitchen = await house({ workerCount: 1 });
      const { primary, port } = kitchen;
      await primary.ready;
      const subscription = primary.before('shutDown', event => event.prevent());
      await rejection(primary.shutDown());

      expect(await codes(port)).to.deep.equal([200, 200]);
      subscription.unsubscribe();
    });

    it('answers until it is destroyed, its workers being gone', async () => {
      const begun = new Deferred<void>();
      const gate = new Deferred<void>();
      class Slow extends ClusterPrimary {
        protected override async _destroy(): Promise<void> {
          begun.resolve();
          await gate.promise;
        }
      }
      await using kitchen = await house({ workerCount: 1 }, {}, all => new Slow(all));
      const { primary, port } = kitchen;
      await primary.ready;
      const destroyed = primary.destroy();
      await begun.promise;

      expect(primary.workers).to.deep.equal([]);
      expect(await codes(port)).to.deep.equal([200, 503]);
      expect(await readiness(port)).to.have.property('reason', 'The cluster is shutting down');
      gate.resolve();
      await destroyed;
      expect(await isClosed(port)).to.equal(true);
    });

    it('is closed when it is destroyed before it began', async () => {
      await using kitchen = await house({ initialize: false });
      await kitchen.primary.destroy();

      expect(await isClosed(kitchen.port)).to.equal(true);
    });

    it('is live while its start is only given up', async () => {
      const gate = new Deferred<void>();
      class Slow extends ClusterPrimary {
        protected override async _initialize(): Promise<void> {
          await gate.promise;
        }
      }
      await using kitchen = await house({}, {}, all => new Slow(all));
      const destroyed = kitchen.primary.destroy();

      expect(await codes(kitchen.port)).to.deep.equal([200, 503]);
      gate.resolve();
      await destroyed;
    });
  });

  it('is neither live nor ready when the start has failed, until all is cleaned up', async () => {
    const gate = new Deferred<void>();
    class Broken extends ClusterPrimary {
      protected override async _initialize(): Promise<void> {
        throw new Error('no gas');
      }
      protected override async _destroy(): Promise<void> {
        await gate.promise;
      }
    }
    await using kitchen = await house({ initialize: false }, {}, all => new Broken(all));
    const { primary, port } = kitchen;
    const destroying = primary.once('destroy');
    const failed = rejection(primary.initialize());
    await destroying;

    expect(await liveness(port)).to.include({ code: 503, status: 'failed', reason: 'The primary could not start' });
    expect(await readiness(port)).to.include({ code: 503, status: 'unready', reason: 'The primary could not start' });
    gate.resolve();
    expect(await failed).to.have.property('message', 'no gas');
    expect(await isClosed(port)).to.equal(true);
  });

  describe('rejects', () => {
    it('options that are not what they must be', async () => {
      await using kitchen = await house({ groups: { api: {} } });
      const { primary } = kitchen;
      const serve = (options: object) => rejection(primary.serveHealth({ ...here, ...options }));

      expect(await serve({ port: -1 })).to.be.instanceOf(InvalidOptionError);
      expect(await serve({ hots: 'a' })).to.be.instanceOf(UnknownOptionError);
      expect(await serve({ quorum: { apy: 1 } }))
        .to.be.instanceOf(UnknownGroupError)
        .with.property('message', 'There is no group `apy`; there are `default`, `api`');
    });

    it("an address that is taken, with Node's error", async () => {
      await using kitchen = await house();
      const { server, port } = await localServer();
      const error = await rejection(kitchen.primary.serveHealth({ ...here, port }));
      await new Promise(resolve => server.close(resolve));

      expect(error).to.have.property('code', 'EADDRINUSE');
    });

    it('when the primary is destroyed, or shut down', async () => {
      await using kitchen = await house();
      const { primary } = kitchen;
      await primary.ready;
      await primary.shutDown();
      const shut = await rejection(primary.serveHealth(here));
      await primary.destroy();

      expect(shut).to.be.instanceOf(ShutDownError).with.nested.property('details.operation', 'serveHealth');
      expect(await rejection(primary.serveHealth(here))).to.be.instanceOf(DestroyedError);
    });

    it('when the primary is destroyed before the server listens, which it does no more', async () => {
      const { server, port } = await localServer();
      await new Promise(resolve => server.close(resolve));
      const primary = new ClusterPrimary({ ...quiet, initialize: false });
      const serving = rejection(primary.serveHealth({ port, host: 'localhost' }));
      await primary.destroy();

      expect(await serving).to.be.instanceOf(DestroyedError);
      expect(await isClosed(port)).to.equal(true);
    });
  });
});
