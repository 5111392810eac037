import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DestroyedError, InvalidOptionError, NotAWorkerError } from '../../lib/errors/errors.js';
import { ClusterWorker } from '../../lib/worker/cluster-worker.js';
import { rejection } from '../support/thrown.js';

describe('ClusterWorker outside a worker process', () => {
  it('says so', () => {
    const { isWorker, worker, workerId, current } = ClusterWorker;

    expect({ isWorker, worker, workerId, current }).to.deep.equal({
      ...{ isWorker: false, worker: undefined, workerId: undefined, current: undefined },
    });
  });

  it('fails its initialization with NotAWorkerError', async () => {
    const worker = new ClusterWorker();

    expect(await rejection(worker.ready))
      .to.be.instanceOf(NotAWorkerError)
      .and.deep.include({ code: 'CLUSTER_NOT_A_WORKER', details: { pid: process.pid } });
    expect(ClusterWorker.current).to.equal(undefined);
  });

  it('fails before the `_initialize` of a subclass, and activates nothing', async () => {
    const log: string[] = [];
    class Cook extends ClusterWorker {
      protected override _initialize(): void {
        log.push('initialize');
      }
      protected override _activate(): void {
        log.push('activate');
      }
      protected override _destroy(): void {
        log.push('destroy');
      }
    }

    await rejection(new Cook().ready);

    expect(log).to.deep.equal([]);
  });

  it('rejects what would need the primary', async () => {
    expect(await rejection(new ClusterWorker().exit(0))).to.be.instanceOf(NotAWorkerError);
  });

  it('leaves no listener on the process', async () => {
    const count = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const before = count();
    await rejection(new ClusterWorker().ready);

    expect(count()).to.equal(before);
  });
});

describe('ClusterWorker', () => {
  const idle = () => new ClusterWorker({ initialize: false });

  it('knows who it is in the constructor', () => {
    expect(idle()).to.include({ id: 0, name: 'worker-0', group: 'default', slot: 0, label: 'worker-0 (0)' });
  });

  it('has no level of its own that a subclass could reach with `super`', () => {
    for (const step of ['_initialize', '_activate', '_destroy']) {
      expect(Reflect.get(ClusterWorker.prototype, step)).to.equal(undefined);
    }
  });

  it('is not stopping at first', () => {
    expect(idle().stopping.aborted).to.equal(false);
  });

  it('refuses orders that are none, before anything else', async () => {
    const worker = idle();

    expect(await rejection(worker.exit(256))).to.be.instanceOf(InvalidOptionError);
    expect(await rejection(worker.destroy({ timeout: -1 }))).to.be.instanceOf(InvalidOptionError);
  });

  it('can be destroyed before it starts', async () => {
    const worker = new ClusterWorker();

    await worker.destroy();

    expect(await rejection(worker.ready)).to.be.instanceOf(DestroyedError);
  });
});
