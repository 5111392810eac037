import { expect } from 'chai';
import { describe, it } from 'mocha';
import { GroupDrainedError, GroupFailedError, ShutDownError, WorkerNameError } from '../../lib/errors/errors.js';
import type { Action } from '../../lib/supervision/actions.js';
import { type AddRequest, Reconciler } from '../../lib/supervision/reconciler.js';
import type { RestartOptions } from '../../lib/supervision/restart-policy.js';
import type { Slot } from '../../lib/supervision/slot.js';
import { exitOf } from '../support/exit-records.js';

const crash = exitOf();

/** A reconciler with one slot whose first process is ready. */
function oneReady(request: Partial<AddRequest> = {}, restart: RestartOptions = {}) {
  const reconciler = new Reconciler({ now: () => 0, random: () => 0, restart });
  const slot = addOne(reconciler, request);
  reconciler.ready(slot, 1);
  return { reconciler, slot };
}

function addOne(reconciler: Reconciler, request: Partial<AddRequest> = {}): Slot {
  const [action] = reconciler.add({ group: 'api', ...request });
  if (action?.type !== 'fork') throw new Error('a fork was expected');

  return action.slot;
}

function types(actions: readonly Action[]): string[] {
  return actions.map(({ type }) => type);
}

describe('Reconciler', () => {
  describe('#add', () => {
    it('forks every slot asked for', () => {
      const reconciler = new Reconciler({ now: () => 0 });

      const actions = reconciler.add({ group: 'api', count: 2 });

      expect(actions).to.deep.equal(
        reconciler.slots.map(slot => ({ type: 'fork', slot, generation: 1, edition: 0, role: 'worker' })),
      );
      expect(reconciler.slots.map(({ name, phase }) => [name, phase])).to.deep.equal([
        ['api-0', 'starting'],
        ['api-1', 'starting'],
      ]);
    });

    it('refuses a name that is taken and forks nothing', () => {
      const { reconciler } = oneReady({ name: 'chef' });

      expect(() => reconciler.add({ group: 'jobs', name: 'chef' })).to.throw(WorkerNameError);
      expect(reconciler.slots).to.have.lengthOf(1);
    });

    it('is refused after shutdown began', () => {
      const { reconciler } = oneReady();

      reconciler.shutDown();

      expect(() => reconciler.add({ group: 'api' }))
        .to.throw(ShutDownError)
        .with.nested.property('details.operation', 'fork');
    });

    it('is refused while the group has failed', () => {
      const { reconciler, slot } = oneReady({}, { intensity: 0 });
      reconciler.exited(slot, 1, crash);

      expect(() => reconciler.add({ group: 'api' }))
        .to.throw(GroupFailedError)
        .with.deep.property('details', { group: 'api', failures: 1 });
    });

    it('lets the restart settings of a slot differ from those of its group', () => {
      const { reconciler, slot } = oneReady({ restart: { policy: 'temporary' } }, { stable: 7 });

      expect(slot.restart).to.include({ policy: 'temporary', stable: 7 });
      expect(types(reconciler.exited(slot, 1, crash))).to.deep.equal(['free']);
    });
  });

  describe('#configure', () => {
    it('sets the settings of a group, from its first slot on', () => {
      const reconciler = new Reconciler({ now: () => 0, restart: { stable: 7 } });
      reconciler.configure('api', { restart: { policy: 'transient' } });
      reconciler.configure('api', { restart: { policy: 'temporary' } });

      expect(addOne(reconciler).restart).to.include({ policy: 'transient', stable: 7 });
      expect(addOne(reconciler, { group: 'jobs' }).restart).to.include({ policy: 'permanent', stable: 7 });
    });
  });

  describe('#exited', () => {
    it('replaces a worker that crashed, in the same slot, at once', () => {
      const { reconciler, slot } = oneReady();

      expect(reconciler.exited(slot, 1, crash)).to.deep.equal([
        { type: 'forkLater', slot, generation: 1, delay: 0, exit: crash },
      ]);
      expect(reconciler.due(slot, 1)).to.deep.equal([
        { type: 'fork', slot, generation: 2, edition: 0, role: 'worker' },
      ]);
    });

    it('waits longer with every failure in a row', () => {
      const { reconciler, slot } = oneReady();

      const delays = [1, 2, 3].map(generation => {
        const [action] = reconciler.exited(slot, generation, crash);
        reconciler.due(slot, generation);
        return action?.type === 'forkLater' && action.delay;
      });

      expect(delays).to.deep.equal([0, 100, 200]);
    });

    it('does nothing when it is told of the same exit again, also when the replacement runs already', () => {
      const { reconciler, slot } = oneReady();
      reconciler.exited(slot, 1, crash);

      const again = reconciler.exited(slot, 1, crash);
      reconciler.due(slot, 1);
      const later = reconciler.exited(slot, 1, crash);

      expect([again, later, slot.phase, slot.history.length]).to.deep.equal([[], [], 'starting', 1]);
    });

    it('gives a slot up whose very first boot fails', () => {
      const reconciler = new Reconciler({ now: () => 0 });
      const slot = addOne(reconciler);

      expect(types(reconciler.exited(slot, 1, exitOf({ wasReady: false })))).to.deep.equal(['free']);
    });

    it('tries a first boot again when that was asked for', () => {
      const reconciler = new Reconciler({ now: () => 0 });
      const slot = addOne(reconciler, { retryFirstBoot: true });

      expect(types(reconciler.exited(slot, 1, exitOf({ wasReady: false })))).to.deep.equal(['forkLater']);
    });

    it('tries a replacement that fails to boot again', () => {
      const { reconciler, slot } = oneReady();
      reconciler.exited(slot, 1, crash);
      reconciler.due(slot, 1);

      expect(types(reconciler.exited(slot, 2, exitOf({ wasReady: false })))).to.deep.equal(['forkLater']);
    });

    it('fails the group once; what waits, and what crashes afterwards, stays out', () => {
      const reconciler = new Reconciler({ now: () => 0, restart: { intensity: 1 } });
      const [first, second, third] = [addOne(reconciler), addOne(reconciler), addOne(reconciler)];
      for (const slot of [first, second, third]) reconciler.ready(slot, 1);

      const actions = [first, second, third].flatMap(slot => reconciler.exited(slot, 1, crash));

      expect(types(actions)).to.deep.equal(['forkLater', 'groupFailed']);
      expect(actions[1]).to.deep.include({ group: 'api', exits: [crash, crash] });
      expect([reconciler.due(first, 1), reconciler.isIdle, reconciler.hasFailed('api')]).to.deep.equal([
        [],
        true,
        true,
      ]);
    });

    it('leaves other groups alone when one fails', () => {
      const { reconciler, slot } = oneReady({}, { intensity: 0 });
      const job = addOne(reconciler, { group: 'jobs' });

      reconciler.exited(slot, 1, crash);

      expect([job.phase, reconciler.hasFailed('jobs')]).to.deep.equal(['starting', false]);
    });
  });

  describe('#whyNobody', () => {
    it('is silent as long as somebody may come, or be asked to', () => {
      const reconciler = new Reconciler({ now: () => 0 });
      expect([reconciler.whyNobody(), reconciler.whyNobody('api')]).to.deep.equal([undefined, undefined]);

      const slot = addOne(reconciler);
      expect(reconciler.whyNobody('api')).to.equal(undefined);
      reconciler.ready(slot, 1);
      reconciler.exited(slot, 1, crash);

      expect(slot.phase).to.equal('waiting');
      expect(reconciler.whyNobody('api')).to.equal(undefined);
    });

    it('is a group that has failed, once the last of it is gone', () => {
      const { reconciler, slot } = oneReady({}, { intensity: 0 });
      const other = addOne(reconciler);
      reconciler.exited(slot, 1, crash);
      expect(reconciler.whyNobody('api')).to.equal(undefined);

      reconciler.exited(other, 1, exitOf({ wasReady: false }));

      for (const group of ['api', undefined]) {
        expect(reconciler.whyNobody(group))
          .to.be.instanceOf(GroupFailedError)
          .and.deep.include({ details: { group: 'api', failures: 1 } });
      }
      expect(reconciler.whyNobody('jobs')).to.equal(undefined);
    });

    it('is no group that has failed as long as there are others', () => {
      const { reconciler, slot } = oneReady({}, { intensity: 0 });
      addOne(reconciler, { group: 'jobs' });
      reconciler.exited(slot, 1, crash);

      expect(reconciler.whyNobody('api')).to.be.instanceOf(GroupFailedError);
      expect([reconciler.whyNobody(), reconciler.whyNobody('jobs')]).to.deep.equal([undefined, undefined]);
    });

    it('is a drain, as soon as nobody is ready any more', () => {
      const { reconciler, slot } = oneReady();
      reconciler.configure('jobs', { dependsOn: ['api'] });
      const job = addOne(reconciler, { group: 'jobs' });
      reconciler.ready(job, 1);
      reconciler.operate({ kind: 'drain', groups: ['api', 'jobs'] });
      expect(reconciler.whyNobody('jobs')).to.be.instanceOf(GroupDrainedError);
      expect([reconciler.whyNobody('api'), reconciler.whyNobody()]).to.deep.equal([undefined, undefined]);

      reconciler.exited(job, 1, crash);

      expect(slot.phase).to.equal('stopping');
      for (const group of ['api', undefined]) {
        expect(reconciler.whyNobody(group)).to.be.instanceOf(GroupDrainedError).and.have.property('code');
      }
    });

    it('is the shutdown', () => {
      const { reconciler } = oneReady();
      reconciler.shutDown();

      expect(reconciler.whyNobody()).to.be.instanceOf(ShutDownError);
      expect(reconciler.whyNobody('api')).to.be.instanceOf(ShutDownError);
    });
  });

  describe('#ready', () => {
    it('marks the process of that generation only', () => {
      const { reconciler, slot } = oneReady();
      reconciler.exited(slot, 1, crash);
      reconciler.due(slot, 1);

      reconciler.ready(slot, 1);
      expect(slot.phase).to.equal('starting');
      reconciler.ready(slot, 2);

      expect(slot.phase).to.equal('ready');
    });

    it('does not bring a slot back that is being retired', () => {
      const reconciler = new Reconciler({ now: () => 0 });
      const slot = addOne(reconciler);
      reconciler.retire(slot, 'destroyed');

      reconciler.ready(slot, 1);

      expect(slot.phase).to.equal('stopping');
    });
  });

  describe('#retire', () => {
    it('stops the process, once, and frees the slot when it has exited', () => {
      const { reconciler, slot } = oneReady();

      expect(reconciler.retire(slot, 'destroyed')).to.deep.equal([
        { type: 'stop', slot, generation: 1, cause: 'destroyed' },
      ]);
      expect(reconciler.retire(slot, 'destroyed')).to.deep.equal([]);
      expect(reconciler.exited(slot, 1, crash)).to.deep.equal([{ type: 'free', slot }]);
      expect(reconciler.retire(slot, 'destroyed')).to.deep.equal([]);
    });

    it('frees a slot that waits for a replacement, which then never comes', () => {
      const { reconciler, slot } = oneReady();
      reconciler.exited(slot, 1, crash);

      expect(types(reconciler.retire(slot, 'destroyed'))).to.deep.equal(['free']);
      expect(reconciler.due(slot, 1)).to.deep.equal([]);
    });
  });

  describe('#dropReplacement', () => {
    it('gives up a slot whose replacement was vetoed, before or after its fork was asked for', () => {
      const early = oneReady();
      early.reconciler.exited(early.slot, 1, crash);
      const late = oneReady();
      late.reconciler.exited(late.slot, 1, crash);
      late.reconciler.due(late.slot, 1);

      for (const { reconciler, slot } of [early, late]) {
        expect(types(reconciler.dropReplacement(slot))).to.deep.equal(['free']);
        expect([reconciler.due(slot, 1), reconciler.slots]).to.deep.equal([[], []]);
      }
    });

    it('frees a slot that was retired when its fork was announced', () => {
      const { reconciler, slot } = oneReady();
      reconciler.exited(slot, 1, crash);
      reconciler.due(slot, 1);
      reconciler.retire(slot, 'shutDown');

      expect(types(reconciler.dropReplacement(slot))).to.deep.equal(['free']);
    });

    it('does not touch a slot whose worker is ready', () => {
      const { reconciler, slot } = oneReady();

      expect([reconciler.dropReplacement(slot), slot.phase]).to.deep.equal([[], 'ready']);
    });
  });

  describe('#operate', () => {
    it('is refused after shutdown began', () => {
      const { reconciler } = oneReady();
      reconciler.shutDown();

      expect(() => reconciler.operate({ kind: 'drain', groups: ['api'] }))
        .to.throw(ShutDownError)
        .with.nested.property('details.operation', 'drain');
    });
  });

  describe('#groupState', () => {
    it('tells what holds for a group', () => {
      const { reconciler, slot } = oneReady({}, { intensity: 0 });
      const states = [reconciler.groupState('api')];
      const note = () => states.push(reconciler.groupState('api'));

      reconciler.operate({ kind: 'drain', groups: ['api'] });
      note();
      reconciler.exited(slot, 1, exitOf({ intent: 'drained' }));
      note();
      reconciler.operate({ kind: 'resume', groups: ['api'] });
      note();
      reconciler.exited(slot, 2, crash);
      note();

      expect(states).to.deep.equal(['running', 'draining', 'drained', 'running', 'failed']);
    });
  });

  describe('#ready and #standingBy', () => {
    it('are about workers and about spare processes', () => {
      const reconciler = new Reconciler({ now: () => 0 });
      reconciler.configure('api', { standby: 1 });
      const slot = addOne(reconciler);
      reconciler.standingBy(slot, 1);
      expect(slot.phase).to.equal('starting');
      const [fork] = reconciler.ready(slot, 1);
      const [standby] = reconciler.standbys;
      if (standby === undefined) throw new Error('a spare process was expected');

      expect(fork).to.include({ type: 'fork', slot: standby, role: 'standby' });
      reconciler.ready(standby, 1);
      expect(standby.phase).to.equal('starting');
      reconciler.standingBy(standby, 1);

      expect(standby.phase).to.equal('ready');
      expect(reconciler.slots).to.deep.equal([slot]);
    });
  });

  describe('#vetoed', () => {
    it('gives a slot up whose first worker was vetoed, and a spare one', () => {
      const reconciler = new Reconciler({ now: () => 0 });
      const slot = addOne(reconciler);

      expect(types(reconciler.vetoed(slot, 1))).to.deep.equal(['free']);
    });

    it('ends a newcomer that was to be stopped before it was started', () => {
      const { reconciler, slot } = oneReady();
      const { operation } = reconciler.operate({ kind: 'recycle', groups: ['api'] });
      reconciler.abort(operation);
      expect(slot.leaver).to.deep.equal({ generation: 2 });

      expect(types(reconciler.vetoed(slot, 2))).to.deep.equal(['settled']);
      expect(slot).to.include({ leaver: undefined, phase: 'ready' });
    });

    it('changes nothing for a process that is not there', () => {
      const { reconciler, slot } = oneReady();

      expect([...reconciler.vetoed(slot, 2), ...reconciler.vetoed(slot, 1)]).to.deep.equal([]);
      reconciler.retire(slot, 'destroyed');
      reconciler.exited(slot, 1, crash);
      expect(reconciler.vetoed(slot, 1)).to.deep.equal([]);
    });
  });

  describe('#endOperations', () => {
    it('settles them as ended by the shutdown, and lets all processes be', () => {
      const { reconciler, slot } = oneReady();
      const { operation } = reconciler.operate({ kind: 'recycle', groups: ['api'] });

      const actions = reconciler.endOperations();

      const report = { replaced: [], notReplaced: [slot.name], rolledBack: [] };
      expect(actions).to.deep.equal([
        { type: 'settled', operation, outcome: { failure: { why: 'shutDown' }, report } },
      ]);
      expect(slot).to.include({ phase: 'ready' }).and.have.nested.property('newcomer.phase', 'starting');
      expect(types(reconciler.shutDown())).to.deep.equal(['stop', 'stop']);
    });
  });

  describe('#shutDown', () => {
    it('stops what lives, the youngest first, and frees what does not', () => {
      const { reconciler, slot: first } = oneReady();
      const second = addOne(reconciler);
      const third = addOne(reconciler);
      reconciler.ready(second, 1);
      reconciler.exited(second, 1, crash);

      expect(reconciler.shutDown()).to.deep.equal([
        { type: 'stop', slot: third, generation: 1, cause: 'shutDown' },
        { type: 'free', slot: second },
        { type: 'stop', slot: first, generation: 1, cause: 'shutDown' },
      ]);
      expect([reconciler.isShuttingDown, reconciler.isIdle, reconciler.shutDown()]).to.deep.equal([true, false, []]);
    });

    it('replaces nothing that crashes meanwhile, and is idle when all have exited', () => {
      const { reconciler, slot } = oneReady();
      reconciler.shutDown();

      expect(types(reconciler.exited(slot, 1, crash))).to.deep.equal(['free']);
      expect([reconciler.isIdle, reconciler.slots]).to.deep.equal([true, []]);
    });
  });

  it('ignores slots of another reconciler', () => {
    const { slot } = oneReady();
    const { reconciler } = oneReady();

    expect([
      ...reconciler.exited(slot, 1, crash),
      ...reconciler.retire(slot, 'destroyed'),
      ...reconciler.dropReplacement(slot),
    ]).to.deep.equal([]);
  });
});
