import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  type WorkerMessageEvent,
} from '../../lib/index.js';
import { firstWorker, forkOne, next, nextOf, pidOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { failureOf, until } from '../support/with-deadline.js';

/** Hears what the workers were told. */
class Prompter extends ClusterPrimary {
  readonly heard: number[] = [];

  _eventWorkerMessage_said({ data: { message } }: WorkerMessageEvent<AnyProtocol>): void {
    this.heard.push(message.number);
  }
}

const make = (options: ClusterPrimaryOptions = {}) => {
  return new Prompter({ workerScript: fixture('actor'), workerCount: 2, watchdog: false, ...options });
};
const open = (options?: ClusterPrimaryOptions) => make(options).ready;
const namesOf = (primary: ClusterPrimary) => primary.workers.map(({ name }) => name).sort();
const partsOf = (primary: ClusterPrimary) => {
  return Promise.all(primary.workers.map(worker => worker.request({ message: { type: 'play' } })));
};
const playing = (part: string | undefined, names: readonly string[]) => {
  return names.map(name => (part === undefined ? { name } : { part, name }));
};
const stateOf = (primary: ClusterPrimary, group = 'default') => {
  return primary.status().groups.find(({ name }) => name === group)?.state;
};

/** The fewest ready workers, and the most live ones, that there are from now on. */
function extremes(primary: ClusterPrimary) {
  const seen = { fewest: primary.workers.length, most: Object.keys(primary.workerById).length };
  const look = () => {
    seen.fewest = Math.min(seen.fewest, primary.workers.length);
    seen.most = Math.max(seen.most, Object.keys(primary.workerById).length);
  };
  for (const name of ['workerFork', 'workerReady', 'removeWorker', 'workerExit'] as const) primary.after(name, look);
  return seen;
}

describe('operations', () => {
  leavesNothingBehind();

  describe('scale()', () => {
    it('adds workers, and stops those that were added last', async () => {
      await using primary = await open();
      const [first, second] = primary.workers.map(pidOf);

      await primary.scale({ workerCount: 4 });
      expect(namesOf(primary)).to.deep.equal(['default-0', 'default-1', 'default-2', 'default-3']);
      const added = primary.workers.slice(2).map(pidOf);
      await primary.scale({ workerCount: 2 });

      expect(primary.workers.map(pidOf)).to.deep.equal([first, second]);
      await gone(added, 0);
    });

    it('to none leaves none, and up again gives the first names', async () => {
      await using primary = await open();

      await primary.scale({ workerCount: 0 });
      expect(primary.workerById).to.deep.equal({});
      await primary.scale({ workerCount: 1 });

      expect(namesOf(primary)).to.deep.equal(['default-0']);
    });

    it('is done once for those who ask for the same, and one after the other for the rest', async () => {
      await using primary = await open({ workerCount: 1 });
      const forks = record(primary, ['workerFork']);

      await Promise.all([3, 3, 1, 2].map(workerCount => primary.scale({ workerCount })));

      expect(namesOf(primary)).to.deep.equal(['default-0', 'default-1']);
      expect(forks).to.have.lengthOf(3);
    });

    it('rejects at a worker that cannot start, whose slot is given up', async () => {
      await using primary = await open({ workerEnv: { ACTOR: 'throws second' }, workerCount: 1, workerSilent: true });

      expect(await failureOf(primary.scale({ workerCount: 2 }))).to.include({ code: 'CLUSTER_WORKER_BOOT' });

      expect(namesOf(primary)).to.deep.equal(['default-0']);
      expect(primary.status().totals).to.include({ workerCount: 1, ready: 1 });
    });
  });

  describe('drain() and resume()', () => {
    it('stop the workers and keep their slots, and start them again', async () => {
      await using primary = await open();
      await forkOne(primary, { name: 'lear', env: { ACTOR: 'king' } });
      const pids = primary.workers.map(pidOf);

      await primary.drain();
      await gone(pids, 0);
      expect(stateOf(primary)).to.equal('drained');
      expect(await failureOf(primary.fork())).to.include({ code: 'CLUSTER_GROUP_DRAINED' });
      expect(await failureOf(primary.request({ message: { type: 'play' } }))).to.include({
        code: 'CLUSTER_GROUP_DRAINED',
      });
      await primary.resume();

      expect(namesOf(primary)).to.deep.equal(['default-0', 'default-1', 'lear']);
      expect(await primary.request({ message: { type: 'play' }, to: 'lear' })).to.deep.equal({
        part: 'king',
        name: 'lear',
      });
    });

    it('replace nobody who dies while the group drains', async () => {
      await using primary = await open();
      const forks = record(primary, ['workerFork', 'workerReplace']);

      const drained = primary.drain();
      for (const worker of Object.values(primary.workerById)) worker.kill('SIGKILL');
      await drained;

      expect(forks).to.deep.equal([]);
      expect(primary.workerById).to.deep.equal({});
    });

    it('let a drained group grow and shrink, and be reloaded, before it runs again', async () => {
      await using primary = await open();
      await primary.drain();

      await primary.scale({ workerCount: 3 });
      await primary.reload({ env: { ACTOR: 'new' } });
      expect(primary.workerById).to.deep.equal({});
      await primary.resume();

      expect(await partsOf(primary)).to.have.deep.members(playing('new', ['default-0', 'default-1', 'default-2']));
    });

    it('start a group again that has failed', async () => {
      await using primary = await open({ restart: { intensity: 0 } });
      primary.on('groupFailed', event => void event.prevent());
      const failed = nextOf(primary, 'workerExit');
      firstWorker(primary).kill('SIGKILL');
      await failed;
      await until(() => stateOf(primary) === 'failed', 5_000, 'failure of the group');
      expect(await failureOf(primary.fork())).to.include({ code: 'CLUSTER_GROUP_FAILED' });

      await primary.resume();

      expect(stateOf(primary)).to.equal('running');
      expect(namesOf(primary)).to.deep.equal(['default-0', 'default-1']);
    });

    it('also drain and grow a group that has failed', async () => {
      await using primary = await open({ restart: { intensity: 0 } });
      primary.on('groupFailed', event => void event.prevent());
      const exits = next(primary, 'workerExit', 2);
      for (const worker of primary.workers) worker.kill('SIGKILL');
      await exits;

      await primary.scale({ workerCount: 3 });
      await primary.drain();
      expect(stateOf(primary)).to.equal('drained');
      expect(primary.workerById).to.deep.equal({});
      await primary.resume();

      expect(namesOf(primary)).to.deep.equal(['default-0', 'default-1', 'default-2']);
    });
  });

  describe('recycle()', () => {
    it('replaces every worker, one at a time, new before old', async () => {
      await using primary = await open();
      const pids = primary.workers.map(pidOf);
      const seen = extremes(primary);

      await primary.recycle();

      await gone(pids, 0);
      expect(namesOf(primary)).to.deep.equal(['default-0', 'default-1']);
      expect(primary.workers.map(({ generation }) => generation)).to.deep.equal([2, 2]);
      expect(seen).to.deep.equal({ fewest: 2, most: 3 });
    });

    it('of a single worker resolves with the new one, when the old one is gone', async () => {
      await using primary = await open();
      const old = firstWorker(primary);
      const exited = record(primary, ['workerExit']);

      const [worker, again] = await Promise.all([old.recycle(), old.recycle()]);

      expect(worker).to.equal(again).and.to.include({ name: old.name, slot: old.slot, generation: 2, state: 'ready' });
      expect(exited).to.deep.equal(['workerExit']);
      expect(await old.exited).to.include({ cause: 'recycled', expected: true });
      expect(await failureOf(old.recycle())).to.include({ code: 'CLUSTER_WORKER_EXITED' });
    });

    it('can be prevented', async () => {
      await using primary = await open();
      primary.before('recycle', event => void event.prevent());

      expect(await failureOf(primary.recycle())).to.include({ code: 'CLUSTER_PREVENTED' });
      expect(await failureOf(firstWorker(primary).recycle())).to.include({ code: 'CLUSTER_PREVENTED' });

      expect(primary.workers.map(({ generation }) => generation)).to.deep.equal([1, 1]);
    });
  });

  describe('reload()', () => {
    it('gives every worker the new settings, new before old, and replacements keep them', async () => {
      await using primary = await open();
      const seen = extremes(primary);

      const report = await primary.reload({ env: { ACTOR: 'new' }, stability: 0 });

      expect(report).to.deep.equal({ replaced: ['default-0', 'default-1'], notReplaced: [], rolledBack: [] });
      expect(seen).to.deep.equal({ fewest: 2, most: 3 });
      const replaced = nextOf(primary, 'workerReady');
      firstWorker(primary).kill('SIGKILL');
      await replaced;
      await primary.scale({ workerCount: 3 });
      expect(await partsOf(primary)).to.have.deep.members(playing('new', ['default-0', 'default-1', 'default-2']));
    });

    it('goes by strides', async () => {
      await using primary = await open({ workerCount: 4 });
      const seen = extremes(primary);

      await primary.reload({ stride: 2, stability: 0 });

      expect(seen).to.deep.equal({ fewest: 4, most: 6 });
    });

    it('is done once for those who ask for the same, and one after the other for the rest', async () => {
      await using primary = await open();
      const forks = record(primary, ['workerFork']);

      await Promise.all([
        primary.reload({ env: { ACTOR: 'first' }, stability: 0 }),
        primary.reload({ env: { ACTOR: 'first' }, stability: 0 }),
        primary.reload({ env: { ACTOR: 'second' }, stability: 0 }),
      ]);

      expect(forks).to.have.lengthOf(4);
      expect(await partsOf(primary)).to.have.deep.members(playing('second', ['default-0', 'default-1']));
    });

    it('can be aborted: the new ones that have not taken over leave', async () => {
      await using primary = await open();
      primary.on('reloadError', () => {});
      const old = primary.workers.map(pidOf);
      const reason = new Error('not today');
      const controller = new AbortController();
      const reload = primary.reload({ env: { ACTOR: 'new' }, stability: 60_000, signal: controller.signal });
      const { worker: newcomer } = await nextOf(primary, 'workerReady');

      controller.abort(reason);

      expect(await failureOf(reload)).to.equal(reason);
      await gone(pidOf(newcomer), 0);
      expect(primary.workers.map(pidOf)).to.deep.equal(old);
      expect(await partsOf(primary)).to.have.deep.members(playing(undefined, ['default-0', 'default-1']));
    });

    it('that waits for its turn can be aborted, and does nothing', async () => {
      await using primary = await open();
      primary.on('reloadError', () => {});
      const controller = new AbortController();
      const first = primary.reload({ env: { ACTOR: 'first' }, stability: 0 });
      const second = primary.reload({ env: { ACTOR: 'second' }, stability: 0, signal: controller.signal });

      controller.abort(new Error('not today'));

      expect(await failureOf(second)).to.have.property('message', 'not today');
      await first;
      expect(await partsOf(primary)).to.have.deep.members(playing('first', ['default-0', 'default-1']));
    });

    it('can be prevented', async () => {
      await using primary = await open();
      primary.before('reload', event => void event.prevent());

      expect(await failureOf(primary.reload())).to.include({ code: 'CLUSTER_PREVENTED' });
    });

    it('of one group leaves the other alone', async () => {
      await using primary = await open({ groups: { chorus: { workerCount: 1 } } });

      await primary.reload({ group: 'chorus', env: { ACTOR: 'new' }, stability: 0 });

      expect(await partsOf(primary)).to.have.deep.members([
        ...playing(undefined, ['default-0', 'default-1']),
        ...playing('new', ['chorus-0']),
      ]);
    });

    it('loses no message to a name, and none comes twice', async () => {
      await using primary = await open({ workerCount: 1 });
      const sent: Promise<unknown>[] = [];
      const reload = primary.reload({ env: { ACTOR: 'new' }, stability: 50 }).then(() => primary.recycle());
      const reloaded = reload.then(() => true);
      let isOver = false;
      void reloaded.then(() => {
        isOver = true;
      });

      for (let number = 0; !isOver; number++) {
        sent.push(primary.send({ message: { type: 'line', number }, to: 'default-0' }));
        await new Promise(resolve => setImmediate(resolve));
      }
      await Promise.all(sent);

      expect(sent.length).to.be.greaterThan(100);
      await until(() => primary.heard.length >= sent.length, 5_000, `end of ${sent.length}; ${primary.heard.length}`);
      expect([...primary.heard].sort((one, other) => one - other)).to.deep.equal([...sent.keys()]);
    });

    it('fails no request of a turn, and selects nobody who is about to leave', async () => {
      await using primary = await open();
      let isOver = false;
      const reload = primary.reload({ env: { ACTOR: 'new' }, stability: 50 }).finally(() => {
        isOver = true;
      });
      const parts = new Set<string | undefined>();
      let answered = 0;
      for (; !isOver; answered++) {
        const worker = primary.roundRobin();
        expect(worker?.state).to.equal('ready');
        parts.add((await primary.request({ message: { type: 'play' }, to: worker })).part);
      }
      await reload;

      expect(answered).to.be.greaterThan(50);
      expect([...parts]).to.have.members([undefined, 'new']);
    });
  });

  describe('startConcurrency', () => {
    it('is how many boot at the same time, at first and after everybody died', async () => {
      const primary = make({ workerCount: 4, startConcurrency: 2, restart: { intensity: 100 } });
      await using _ = primary;
      let booting = 0;
      let most = 0;
      primary.on('workerFork', () => {
        most = Math.max(most, ++booting);
      });
      primary.on('workerReady', () => void booting--);
      await primary.ready;
      expect(most).to.equal(2);

      const ready = next(primary, 'workerReady', 4);
      for (const worker of primary.workers) worker.kill('SIGKILL');
      await ready;

      expect(most).to.equal(2);
      expect(primary.workers).to.have.lengthOf(4);
    });
  });
});
