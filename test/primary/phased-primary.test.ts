import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, PreventedError, ShutDownHookError } from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import type { ShutDownContext } from '../../lib/supervision/shutdown-phases.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { capturedWarnings } from '../support/warnings.js';

/** A primary on a cluster whose workers obey, and what happens to it. */
function kitchen(options: object = {}) {
  const cluster = new FakeCluster();
  cluster.obedient = true;
  const chef = new ClusterPrimary({ gracefulOnSignals: [], workerCount: 2, ...options });
  const log: string[] = [];
  for (const name of ['shutDown', 'workerExit', 'shutDownComplete'] as const) chef.on(name, () => void log.push(name));
  const note = (phase: 'unbind' | 'release') => {
    chef.onShutDown(phase, ({ reason }) => void log.push(`${phase} ${reason}`), { phase });
  };
  const close = async () => {
    await chef.destroy();
    cluster[Symbol.dispose]();
  };
  return { cluster, chef, log, note, [Symbol.asyncDispose]: close };
}

describe('PhasedPrimary', () => {
  for (const [end, reason] of [
    ['shutDown', 'shutDown'],
    ['destroy', 'destroyed'],
  ] as const) {
    it(`unbinds before the workers stop and releases after, by ${end}()`, async () => {
      await using house = kitchen();
      house.note('release');
      house.note('unbind');
      await house.chef.ready;

      await house.chef[end]();

      expect(house.log).to.deep.equal([
        ...['shutDown', `unbind ${reason}`, 'workerExit', 'workerExit', `release ${reason}`, 'shutDownComplete'],
      ]);
    });
  }

  it('does so once, whoever stops it again', async () => {
    await using house = kitchen();
    house.note('release');
    await house.chef.ready;

    await Promise.all([house.chef.shutDown(), house.chef.shutDown(), house.chef.destroy()]);

    expect(house.log.filter(line => line.startsWith('release'))).to.deep.equal(['release shutDown']);
  });

  it('does so before the start, too', async () => {
    await using house = kitchen({ initialize: false });
    house.note('unbind');
    house.note('release');
    await house.chef.shutDown();

    expect(house.log).to.deep.equal(['shutDown', 'unbind shutDown', 'release shutDown', 'shutDownComplete']);
  });

  it('does not when the shutdown was prevented', async () => {
    await using house = kitchen();
    house.note('release');
    await house.chef.ready;
    house.chef.onceBefore('shutDown', event => void event.prevent());

    expect(await rejection(house.chef.shutDown())).to.be.instanceOf(PreventedError);
    expect(house.log).to.deep.equal(['shutDown']);
  });

  it('lets the workers work while it unbinds, but forks nothing', async () => {
    await using house = kitchen();
    const { chef, cluster } = house;
    const closed = new Deferred<void>();
    chef.onShutDown('door', () => closed.promise, { phase: 'unbind' });
    await chef.ready;
    const down = chef.shutDown();
    await settled();
    const states = chef.workers.map(({ state }) => state);
    cluster.worker(0).exits(1);
    await settled();
    const names = chef.workers.map(({ name }) => name);
    closed.resolve();
    await down;

    expect(states).to.deep.equal(['ready', 'ready']);
    expect(names).to.deep.equal(['default-1']);
    expect(cluster.forks).to.have.length(2);
    expect(house.log).to.deep.equal(['shutDown', 'workerExit', 'workerExit', 'shutDownComplete']);
  });

  it('gives each hook the drain timeout, or its own', async () => {
    await using house = kitchen({ drainTimeout: 20 });
    const { chef } = house;
    const lengths: number[] = [];
    const note = ({ deadline }: ShutDownContext) => void lengths.push(deadline - Date.now());
    chef.onShutDown('oven', () => new Promise(() => {}));
    chef.onShutDown('door', note);
    chef.onShutDown('lights', note, { timeout: 60_000 });
    await chef.ready;
    const failures: unknown[] = [];
    chef.on('shutDownError', event => {
      failures.push(event.data.name, event.data.phase, (event.data.error as Error).message);
      event.prevent();
    });
    await chef.shutDown();

    expect(lengths.map(each => (each > 20 ? 'long' : 'short'))).to.deep.equal(['long', 'short']);
    expect(failures).to.deep.equal([
      ...['oven', 'release', 'The shutdown hook `oven` was not done with `release` within 20 ms'],
    ]);
  });

  it('warns of a hook that fails, and stops all the same', async () => {
    await using house = kitchen();
    const { chef } = house;
    chef.onShutDown('oven', 'stopOven', { phase: 'unbind' });
    house.note('release');
    await chef.ready;

    const warnings = await capturedWarnings(() => chef.shutDown());

    expect(warnings.map(({ message }) => message.split('\n')[0])).to.deep.equal([
      'The shutdown hook `oven` failed in `unbind`: InvalidListenerError: There is no method `stopOven` to call in the phase `unbind`',
    ]);
    expect(house.log).to.include('release shutDown');
  });

  it('calls methods by name', async () => {
    const { cluster } = kitchen({ initialize: false });
    class Chef extends ClusterPrimary {
      readonly reasons: string[] = [];
      stopOven({ reason }: ShutDownContext): void {
        this.reasons.push(reason);
      }
    }
    const chef = new Chef({ gracefulOnSignals: [] });
    chef.onShutDown('oven', 'stopOven');
    await chef.ready;
    await chef.destroy();
    cluster[Symbol.dispose]();

    expect(chef.reasons).to.deep.equal(['destroyed']);
  });

  it('has nothing to drain', () => {
    const chef = new ClusterPrimary({ initialize: false });
    // @ts-expect-error a phase of workers
    const drain = () => chef.onShutDown('oven', () => {}, { phase: 'drain' });

    expect(drain).to.throw(InvalidOptionError, 'what drains are the workers');
  });

  describe('#removeShutDown', () => {
    it('takes a hook off, and refuses a name that there is not', async () => {
      await using house = kitchen();
      house.note('release');
      await house.chef.ready;
      house.chef.removeShutDown('release');

      expect(() => house.chef.removeShutDown('release')).to.throw(ShutDownHookError);
      await house.chef.shutDown();
      expect(house.log).not.to.include('release shutDown');
    });
  });
});
