import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DestroyedError, InvalidOptionError, NotAWorkerError } from '../../lib/errors/errors.js';
import { activateFrame, FrameKind, messageFrame, stopFrame } from '../../lib/protocol/frame.js';
import { ClusterWorker } from '../../lib/worker/cluster-worker.js';
import { readIdentity } from '../../lib/worker/identity.js';
import { settled } from '../support/conversation.js';
import { InsideWorker } from '../support/inside-worker.js';
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

describe('ClusterWorker as a spare one', () => {
  const spareEnv = { CLUSTER_NAME: 'spare', CLUSTER_GROUP: 'api', CLUSTER_SLOT: '0', CLUSTER_STANDBY: '1' };
  const place = { name: 'cook', slot: 3 };

  /** A worker in this process that writes down its steps, and who it is then. */
  async function spare(inside: InsideWorker) {
    const Base = await inside.workerClass();
    const log: string[] = [];
    class Cook extends Base {
      protected override _initialize(): void {
        log.push(`initialize ${this.label}`);
      }
      protected override _activate(): void {
        log.push(`activate ${this.label}`);
      }
      protected override _destroy(): void {
        log.push('destroy');
      }
      _eventPrimaryMessage_cook(): void {
        log.push('cook');
      }
    }
    const worker = new Cook();
    worker.on('activate', () => log.push(`told ${worker.name} ${worker.slot}`));
    return { log, worker };
  }
  const kinds = ({ primary }: InsideWorker) => primary.frames.map(([kind]) => kind);

  it('is initialized, says that it waits, and takes no work', async () => {
    using inside = new InsideWorker(spareEnv);
    const { log, worker } = await spare(inside);
    await settled();
    inside.primary.says(messageFrame({ type: 'cook' }));
    await settled();

    expect(log).to.deep.equal(['initialize spare (0)']);
    expect(kinds(inside)).to.deep.equal([FrameKind.hello, FrameKind.standby]);
    expect(worker).to.include({ name: 'spare', slot: 0, group: 'api', status: 'INITIALIZING' });
  });

  it('takes the place that it is given, then begins to work', async () => {
    using inside = new InsideWorker(spareEnv);
    const { log, worker } = await spare(inside);
    await settled();
    inside.primary.says(messageFrame({ type: 'cook' }), activateFrame(place));
    await worker.ready;

    expect(log).to.deep.equal(['initialize spare (0)', 'cook', 'told cook 3', 'activate cook (0)']);
    expect(kinds(inside).slice(2)).to.deep.equal([FrameKind.ready]);
    expect(worker).to.include({ name: 'cook', slot: 3, group: 'api', status: 'IDLE' });
    expect(readIdentity()).to.include({ name: 'cook', slot: 3, isStandby: false });
  });

  it('is taken down without having been activated when it is asked to stop', async () => {
    using inside = new InsideWorker(spareEnv);
    const { log, worker } = await spare(inside);
    await settled();
    inside.primary.says(stopFrame('scaled', 100));
    const error = await rejection(worker.ready);
    await settled();

    expect(error).to.be.instanceOf(DestroyedError);
    expect(log).to.deep.equal(['initialize spare (0)', 'destroy']);
    expect(inside.primary.exits).to.deep.equal([0]);
    expect(kinds(inside)).to.deep.equal([FrameKind.hello, FrameKind.standby]);
  });

  it('is not activated when the place comes after it was asked to stop', async () => {
    using inside = new InsideWorker(spareEnv);
    const { log, worker } = await spare(inside);
    await settled();
    inside.primary.says(stopFrame('scaled', 100), activateFrame(place));
    await rejection(worker.ready);
    await settled();

    expect(log).to.deep.equal(['initialize spare (0)', 'destroy']);
    expect(inside.primary.exits).to.deep.equal([0]);
  });

  it('is one only where its primary says so', async () => {
    using inside = new InsideWorker({ ...spareEnv, CLUSTER_STANDBY: '' });
    const { log, worker } = await spare(inside);
    await worker.ready;

    expect(log).to.deep.equal(['initialize spare (0)', 'told spare 0', 'activate spare (0)']);
    expect(kinds(inside)).to.deep.equal([FrameKind.hello, FrameKind.ready]);
  });
});
