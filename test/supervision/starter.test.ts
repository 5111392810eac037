import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ModelCluster, upWith } from '../support/model-cluster.js';

/** What a crashed worker's slot waits for happens now. */
function fireAll(cluster: ModelCluster): void {
  for (const timer of cluster.timers.splice(0)) cluster.fire(timer);
}

describe('Starter', () => {
  describe('with a limit of boots at the same time', () => {
    it('starts the others in turn, as they were added', () => {
      const cluster = new ModelCluster({}, { api: { startConcurrency: 2 } });

      cluster.add({ group: 'api', count: 4 });
      expect(cluster.told()).to.deep.equal(['fork api-0#1 worker', 'fork api-1#1 worker']);
      expect(cluster.slot('api-2').phase).to.equal('queued');
      cluster.ready(cluster.process('api-1'));
      expect(cluster.told()).to.deep.equal(['fork api-2#1 worker']);
      cluster.exit(cluster.process('api-0'));

      expect(cluster.told()).to.deep.equal(['free api-0', 'fork api-3#1 worker']);
    });

    it('forgets the turn of a slot that is given up', () => {
      const cluster = new ModelCluster({}, { api: { startConcurrency: 1 } });
      cluster.add({ group: 'api', count: 3 });
      cluster.retire(cluster.slot('api-1'));
      cluster.told();

      cluster.ready(cluster.process('api-0'));

      expect(cluster.told()).to.deep.equal(['fork api-2#1 worker']);
    });

    it('counts boots of other groups apart, and newcomers not at all', () => {
      const cluster = upWith(1, {}, { api: { startConcurrency: 1 } });
      cluster.add({ group: 'api' });
      cluster.add({ group: 'jobs' });
      cluster.told();

      cluster.operate({ kind: 'recycle', groups: ['api'] });

      expect(cluster.told()).to.deep.equal(['fork api-0#2 newcomer']);
      expect(cluster.slot('jobs-0').phase).to.equal('starting');
    });
  });

  describe('with spare processes', () => {
    it('forks them when no worker is booting any more', () => {
      const cluster = new ModelCluster({}, { api: { standby: 2 } });
      cluster.add({ group: 'api', count: 2 });
      cluster.ready(cluster.process('api-0'));
      cluster.told();

      cluster.ready(cluster.process('api-1'));

      expect(cluster.told()).to.deep.equal(['fork api-standby-0#1 standby', 'fork api-standby-1#1 standby']);
      expect(cluster.reconciler.slots.map(({ name }) => name)).to.deep.equal(['api-0', 'api-1']);
    });

    it('has none as long as the group has no place for a worker', () => {
      const cluster = upWith(1, {}, { api: { standby: 1 } });
      cluster.retire(cluster.slot('api-standby-0'));
      cluster.retire(cluster.slot('api-0'));

      cluster.settle();

      expect(cluster.live).to.deep.equal([]);
    });

    it('has none any more when the last worker is taken away', () => {
      const cluster = upWith(1, {}, { api: { standby: 1 } });

      cluster.retire(cluster.slot('api-0'), 'scaled');

      expect(cluster.told()).to.include('stop api-standby-0#1 scaled');
      cluster.settle();
      expect(cluster.live).to.deep.equal([]);
    });

    it('promotes one on a crash, and forks the next when the worker is ready', () => {
      const cluster = upWith(1, {}, { api: { standby: 1 } });

      cluster.exit(cluster.process('api-0'));
      expect(cluster.told()).to.deep.equal(['forkLater api-0#1 0']);
      fireAll(cluster);
      expect(cluster.told()).to.deep.equal(['promote api-standby-0#1 to api-0#2', 'free api-standby-0']);
      cluster.ready(cluster.process('api-0'));

      expect(cluster.told()).to.deep.equal(['fork api-standby-0#1 standby']);
      expect(cluster.slot('api-0')).to.include({ phase: 'ready', generation: 2 });
    });

    it('forks where none stands by yet, or the slot has settings of its own, or none has been there', () => {
      const cluster = upWith(1, {}, { api: { standby: 1 } });
      cluster.add({ group: 'api', name: 'chef', ownSettings: true });
      expect(cluster.told()).to.deep.equal(['fork chef#1 worker']);
      cluster.settle();
      cluster.exit(cluster.process('chef'));
      fireAll(cluster);
      cluster.settle();
      cluster.exit(cluster.process('api-standby-0', 'standby'));
      cluster.told();

      cluster.exit(cluster.process('api-0'));
      fireAll(cluster);

      expect(cluster.told()).to.deep.equal([
        'forkLater api-0#1 0',
        'fork api-standby-0#2 standby',
        'fork api-0#2 worker',
      ]);
    });

    it('promotes one that stands by at last into a slot that waits for its turn', () => {
      const cluster = upWith(1, {}, { api: { standby: 1, startConcurrency: 1 } });
      cluster.retire(cluster.slot('api-standby-0'));
      cluster.exit(cluster.process('api-standby-0', 'standby'));
      cluster.exit(cluster.process('api-0'));
      fireAll(cluster);
      expect(cluster.slot('api-0').phase).to.equal('queued');
      cluster.told();

      cluster.ready(cluster.process('api-standby-0', 'standby'));

      expect(cluster.told()[0]).to.equal('promote api-standby-0#1 to api-0#2');
    });

    it('tries a spare process that crashes again by the policy, whatever the policy of the workers', () => {
      const cluster = upWith(1, { policy: 'temporary', intensity: 1 }, { api: { standby: 1 } });

      cluster.exit(cluster.process('api-standby-0', 'standby'));
      fireAll(cluster);
      cluster.exit(cluster.process('api-standby-0', 'standby'));

      expect(cluster.told()).to.deep.equal([
        'forkLater api-standby-0#1 0',
        'fork api-standby-0#2 standby',
        'free api-standby-0',
        'groupFailed api 2',
      ]);
    });

    it('does not try one that was vetoed again before something else happens', () => {
      const cluster = new ModelCluster({}, { api: { standby: 1 } });
      cluster.add({ group: 'api' });
      cluster.mischief.fork = true;
      cluster.ready(cluster.process('api-0'));
      expect(cluster.told().slice(1)).to.deep.equal(['fork api-standby-0#1 standby', 'free api-standby-0']);
      cluster.add({ group: 'jobs' });
      cluster.settle();
      expect(cluster.told()).to.deep.equal(['fork jobs-0#1 worker']);

      cluster.exit(cluster.process('api-0'));
      cluster.settle();

      expect(cluster.told()).to.deep.equal([
        'forkLater api-0#1 0',
        'fork api-0#2 worker',
        'fork api-standby-0#1 standby',
      ]);
    });

    it('forks one while a worker waits out its back-off, and promotes it then', () => {
      const cluster = upWith(1, {}, { api: { standby: 1 } });
      cluster.exit(cluster.process('api-0'));
      cluster.settle();
      cluster.exit(cluster.process('api-0'));
      cluster.retire(cluster.slot('api-standby-0'));
      cluster.told();

      cluster.exit(cluster.process('api-standby-0', 'standby'));
      expect(cluster.told()).to.deep.equal(['free api-standby-0', 'fork api-standby-0#1 standby']);
      cluster.ready(cluster.process('api-standby-0', 'standby'));
      fireAll(cluster);

      expect(cluster.told()[0]).to.equal('promote api-standby-0#1 to api-0#3');
    });

    it('replaces those of an older edition, the old ones first', () => {
      const cluster = upWith(1, {}, { api: { standby: 1 } });

      cluster.operate({ kind: 'reload', groups: ['api'], edition: 1 });
      cluster.settle();

      expect(cluster.told()).to.deep.equal([
        'fork api-0#2 newcomer edition 1',
        'takeOver api-0#2',
        'stop api-0#1 reloaded',
        'settled 1 well',
        'stop api-standby-0#1 reloaded',
        'free api-standby-0',
        'fork api-standby-0#1 standby edition 1',
      ]);
    });

    it('does not fork one of an older edition that still waits for its turn', () => {
      const cluster = upWith(1, {}, { api: { standby: 2, startConcurrency: 1 } });
      cluster.exit(cluster.process('api-standby-0', 'standby'));
      cluster.exit(cluster.process('api-standby-1', 'standby'));
      fireAll(cluster);
      expect(cluster.slot('api-standby-1').phase).to.equal('queued');

      cluster.operate({ kind: 'reload', groups: ['api'], edition: 1 });
      cluster.ready(cluster.process('api-0', 'newcomer'));
      cluster.told();
      cluster.exit(cluster.process('api-0', 'leaver'));
      expect(cluster.told()).to.deep.equal([
        'settled 1 well',
        'stop api-standby-0#2 reloaded',
        'free api-standby-1',
        'fork api-standby-1#1 standby edition 1',
      ]);
      cluster.settle();

      expect(cluster.reconciler.standbys.map(({ phase, edition }) => [phase, edition])).to.deep.equal([
        ['ready', 1],
        ['ready', 1],
      ]);
    });

    it('does not promote one of another edition than the slot has', () => {
      const cluster = upWith(2, {}, { api: { standby: 1 } });
      cluster.operate({ kind: 'reload', groups: ['api'], edition: 1 });
      cluster.ready(cluster.process('api-0', 'newcomer'));
      cluster.exit(cluster.process('api-0', 'leaver'));
      cluster.told();

      cluster.exit(cluster.process('api-0'));
      fireAll(cluster);

      expect(cluster.told()).to.include('fork api-0#3 worker edition 1');
    });
  });
});
