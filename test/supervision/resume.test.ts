import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ModelCluster } from '../support/model-cluster.js';

/** `jobs` depends on `api`; both have workers, and are drained. */
function drained(...[restart]: ConstructorParameters<typeof ModelCluster>): ModelCluster {
  const cluster = new ModelCluster(restart, { jobs: { dependsOn: ['api'] } });
  cluster.add({ group: 'api', count: 2 });
  cluster.add({ group: 'jobs' });
  cluster.settle();
  cluster.operate({ kind: 'drain', groups: ['api', 'jobs'] });
  cluster.settle();
  cluster.told();
  return cluster;
}

const both = { kind: 'resume', groups: ['api', 'jobs'] } as const;
const api = { kind: 'resume', groups: ['api'] } as const;

describe('Resume', () => {
  it('starts a group when those that it depends on are ready', () => {
    const cluster = drained();

    const operation = cluster.operate(both);
    expect(cluster.told()).to.deep.equal(['fork api-0#2 worker', 'fork api-1#2 worker']);
    expect(cluster.reconciler.groupState('jobs')).to.equal('drained');
    cluster.ready(cluster.process('api-0'));
    expect(cluster.told()).to.deep.equal([]);
    cluster.ready(cluster.process('api-1'));
    expect(cluster.told()).to.deep.equal(['fork jobs-0#2 worker']);
    cluster.ready(cluster.process('jobs-0'));

    expect(cluster.outcome(operation)).to.deep.equal({});
  });

  it('does not wait for groups that are not resumed', () => {
    const cluster = drained();

    cluster.operate({ kind: 'resume', groups: ['jobs'] });

    expect(cluster.told()).to.deep.equal(['fork jobs-0#2 worker']);
  });

  it('tries boots again that fail, as the policy has it', () => {
    const cluster = drained();
    const operation = cluster.operate(api);
    cluster.told();

    cluster.exit(cluster.process('api-0'));
    expect(cluster.told()).to.deep.equal(['forkLater api-0#2 0']);
    cluster.settle();

    expect(cluster.outcome(operation)).to.deep.equal({});
  });

  it('tries first boots again too, of slots that were added in the meantime', () => {
    const cluster = drained();
    cluster.operate({ kind: 'scale', groups: ['api'], workerCount: 3 });
    cluster.operate(api);
    cluster.told();

    cluster.exit(cluster.process('api-2'));

    expect(cluster.told()).to.deep.equal(['forkLater api-2#1 0']);
  });

  it('makes a group that failed run again, with a clean record', () => {
    const cluster = new ModelCluster({ intensity: 1 });
    cluster.add({ group: 'api', count: 2 });
    cluster.settle();
    for (const name of ['api-0', 'api-1']) cluster.exit(cluster.process(name));
    expect(cluster.reconciler.groupState('api')).to.equal('failed');

    cluster.operate(api);

    expect(cluster.reconciler.groupState('api')).to.equal('running');
    expect(cluster.reconciler.slots.map(({ phase, failures }) => [phase, failures])).to.deep.equal([
      ['starting', 0],
      ['starting', 0],
    ]);
  });

  it('fails when the group does meanwhile; dependents stay drained', () => {
    const cluster = drained({ intensity: 1 });
    const operation = cluster.operate(both);

    cluster.exit(cluster.process('api-0'));
    cluster.exit(cluster.process('api-1'));

    expect(cluster.outcome(operation)).to.deep.equal({ failure: { why: 'groupFailed', group: 'api' } });
    expect(cluster.reconciler.groupState('jobs')).to.equal('drained');
  });

  it('fails, too, when a group does whose workers had all been ready', () => {
    const cluster = drained({ intensity: 0 });
    const operation = cluster.operate(both);
    for (const name of ['api-0', 'api-1']) cluster.ready(cluster.process(name));

    cluster.exit(cluster.process('api-0'));

    expect(cluster.outcome(operation)).to.deep.equal({ failure: { why: 'groupFailed', group: 'api' } });
  });

  it('fails when somebody vetoes a fork, or a replacement', () => {
    for (const veto of ['fork', 'replace'] as const) {
      const cluster = drained();
      if (veto === 'fork') cluster.mischief.fork = true;

      const operation = cluster.operate(api);
      cluster.mischief.replace = true;
      cluster.exit(cluster.process('api-1'));

      expect(cluster.outcome(operation)?.failure).to.include({ why: 'vetoed' });
    }
  });

  it('fails when a worker that is not to be replaced ends before it was ready', () => {
    const cluster = drained({ policy: 'temporary' });
    const operation = cluster.operate(api);

    cluster.exit(cluster.process('api-0'));

    expect(cluster.outcome(operation)?.failure).to.include({ why: 'exit', generation: 2 });
  });

  it('is over at once for a group that runs', () => {
    const cluster = new ModelCluster();
    cluster.add({ group: 'api' });
    cluster.settle();

    expect(cluster.outcome(cluster.operate(api))).to.deep.equal({});
  });

  it('waits for a worker of a running group that is not ready', () => {
    const cluster = new ModelCluster();
    cluster.add({ group: 'api' });
    const operation = cluster.operate(api);
    expect(cluster.outcome(operation)).to.equal(undefined);

    cluster.settle();

    expect(cluster.outcome(operation)).to.deep.equal({});
  });

  it('goes on with the start when it is aborted, but waits for nobody', () => {
    const cluster = drained();
    const operation = cluster.operate(both);

    cluster.abort(operation);
    cluster.settle();

    expect(cluster.outcome(operation)).to.deep.equal({ failure: { why: 'aborted' } });
    expect(['api', 'jobs'].map(group => cluster.reconciler.groupState(group))).to.deep.equal(['running', 'drained']);
  });
});
