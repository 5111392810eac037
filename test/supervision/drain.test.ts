import { expect } from 'chai';
import { describe, it } from 'mocha';
import { GroupDrainedError } from '../../lib/errors/errors.js';
import { ModelCluster } from '../support/model-cluster.js';

/** `jobs` depends on `api`; both have a worker. */
function apiAndJobs(): ModelCluster {
  const cluster = new ModelCluster({}, { api: { standby: 1 }, jobs: { dependsOn: ['api'] } });
  cluster.add({ group: 'api' });
  cluster.add({ group: 'jobs' });
  cluster.settle();
  cluster.told();
  return cluster;
}

describe('Drain', () => {
  it('stops every process of a group, spare ones too, and keeps the slots', () => {
    const cluster = apiAndJobs();

    const operation = cluster.operate({ kind: 'drain', groups: ['api'] });
    expect(cluster.told()).to.deep.equal(['stop api-standby-0#1 drained', 'stop api-0#1 drained']);
    expect(cluster.reconciler.groupState('api')).to.equal('draining');
    cluster.settle();

    expect(cluster.outcome(operation)).to.deep.equal({});
    expect(cluster.reconciler.groupState('api')).to.equal('drained');
    expect(cluster.slot('api-0')).to.include({ phase: 'down', desired: 'down', retired: false });
    expect(cluster.told()).to.deep.equal(['free api-standby-0', 'settled 1 well']);
  });

  it('stops dependents first, as far as they are drained too', () => {
    const cluster = apiAndJobs();

    cluster.operate({ kind: 'drain', groups: ['api', 'jobs'] });
    expect(cluster.told()).to.deep.equal(['stop api-standby-0#1 drained', 'stop jobs-0#1 drained']);
    cluster.exit(cluster.process('jobs-0'));

    expect(cluster.told()).to.deep.equal(['stop api-0#1 drained']);
  });

  it('cancels replacements that are due, and replaces nothing that crashes', () => {
    const cluster = apiAndJobs();
    cluster.exit(cluster.process('jobs-0'));
    cluster.told();

    cluster.operate({ kind: 'drain', groups: ['jobs'] });
    for (const timer of cluster.timers) cluster.fire(timer);

    expect(cluster.told()).to.deep.equal(['settled 1 well']);
    expect(cluster.reconciler.groupState('jobs')).to.equal('drained');
  });

  it('lets nothing be added until the group is resumed', () => {
    const cluster = apiAndJobs();
    cluster.operate({ kind: 'drain', groups: ['jobs'] });

    for (const wait of [() => {}, () => cluster.settle()]) {
      wait();
      expect(() => cluster.add({ group: 'jobs' }))
        .to.throw(GroupDrainedError)
        .with.deep.property('details', { group: 'jobs' });
    }
  });

  it('keeps a slot whose fork did not take place since the group was drained when it was announced', () => {
    const cluster = new ModelCluster();
    cluster.mischief.interrupt = () => cluster.operate({ kind: 'drain', groups: ['api'] });
    cluster.mischief.fork = true;

    cluster.add({ group: 'api' });

    expect(cluster.told()).to.deep.equal(['fork api-0#1 worker', 'stop api-0#1 drained', 'settled 1 well']);
    expect(cluster.slot('api-0').phase).to.equal('down');
  });

  it('stops what is left at once when it is aborted: nobody keeps the order any more', () => {
    const cluster = apiAndJobs();
    const operation = cluster.operate({ kind: 'drain', groups: ['api', 'jobs'] });
    cluster.told();

    cluster.abort(operation);

    expect(cluster.told()).to.deep.equal(['stop api-0#1 drained', 'settled 1 aborted']);
    expect(cluster.reconciler.groupState('api')).to.equal('draining');
  });

  it('starts again what had been told to stop when the group is wanted again before that is gone', () => {
    const cluster = apiAndJobs();
    cluster.abort(cluster.operate({ kind: 'drain', groups: ['jobs'] }));
    const operation = cluster.operate({ kind: 'resume', groups: ['jobs'] });
    cluster.told();

    cluster.exit(cluster.process('jobs-0'));
    cluster.settle();

    expect(cluster.told()).to.deep.equal(['fork jobs-0#2 worker', 'settled 2 well']);
    expect(cluster.outcome(operation)).to.deep.equal({});
  });
});
