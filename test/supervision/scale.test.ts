import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type ModelCluster, upWith } from '../support/model-cluster.js';

function scale(cluster: ModelCluster, workerCount: number): number {
  return cluster.operate({ kind: 'scale', groups: ['api'], workerCount });
}

describe('Scale', () => {
  it('adds what is missing, and is over when all of it is ready', () => {
    const cluster = upWith(1);

    const operation = scale(cluster, 3);
    expect(cluster.told()).to.deep.equal(['fork api-1#1 worker', 'fork api-2#1 worker']);
    cluster.ready(cluster.process('api-2'));
    expect(cluster.outcome(operation)).to.equal(undefined);
    cluster.ready(cluster.process('api-1'));

    expect(cluster.outcome(operation)).to.deep.equal({});
  });

  it('counts a worker as ready that has crashed since', () => {
    const cluster = upWith(0);
    const operation = scale(cluster, 2);
    cluster.ready(cluster.process('api-0'));
    cluster.exit(cluster.process('api-0'));

    cluster.ready(cluster.process('api-1'));

    expect(cluster.outcome(operation)).to.deep.equal({});
  });

  it('retires the latest added, named ones included, and is over when they are gone', () => {
    const cluster = upWith(2);
    cluster.add({ group: 'api', name: 'chef' });
    cluster.settle();
    cluster.told();

    const operation = scale(cluster, 1);
    expect(cluster.told()).to.deep.equal(['stop chef#1 scaled', 'stop api-1#1 scaled']);
    cluster.exit(cluster.process('chef'));
    expect(cluster.outcome(operation)).to.equal(undefined);
    cluster.exit(cluster.process('api-1'));

    expect(cluster.told()).to.deep.equal(['free chef', 'free api-1', 'settled 1 well']);
  });

  it('does nothing when there are as many as wanted', () => {
    const cluster = upWith(2);

    scale(cluster, 2);

    expect(cluster.told()).to.deep.equal(['settled 1 well']);
  });

  it('does not count those that are on their way out', () => {
    const cluster = upWith(2);
    cluster.retire(cluster.slot('api-0'));
    cluster.told();

    scale(cluster, 2);

    expect(cluster.told()).to.deep.equal(['fork api-2#1 worker']);
  });

  it('fails when the first boot of an added worker does, which is given up; the others stay', () => {
    const cluster = upWith(0);
    const operation = scale(cluster, 2);
    const slot = cluster.slot('api-0');
    cluster.told();

    cluster.exit(cluster.process('api-0'));

    expect(cluster.told()).to.deep.equal(['free api-0', 'settled 1 exit']);
    expect(cluster.outcome(operation)?.failure).to.deep.include({ why: 'exit', slot, generation: 1 });
    expect(cluster.slot('api-1').phase).to.equal('starting');
  });

  it('fails when a fork is vetoed', () => {
    const cluster = upWith(0);
    cluster.mischief.fork = true;

    const operation = scale(cluster, 1);

    expect(cluster.outcome(operation)?.failure?.why).to.equal('vetoed');
    expect(cluster.reconciler.slots).to.deep.equal([]);
  });

  it('does not wait for an added slot that somebody gave up', () => {
    const cluster = upWith(0);
    const operation = scale(cluster, 1);

    cluster.retire(cluster.slot('api-0'));

    expect(cluster.outcome(operation)).to.deep.equal({});
  });

  it('fails when the group does before an added worker had its turn to boot', () => {
    const cluster = upWith(1, { intensity: 0 }, { api: { startConcurrency: 1 } });
    const operation = scale(cluster, 3);

    cluster.exit(cluster.process('api-0'));

    expect(cluster.outcome(operation)?.failure).to.deep.equal({ why: 'groupFailed', group: 'api' });
  });

  for (const state of ['drained', 'failed'] as const) {
    it(`only changes the slots of a group that is ${state}`, () => {
      const cluster = upWith(1, { intensity: 0 });
      if (state === 'drained') cluster.operate({ kind: 'drain', groups: ['api'] });
      else cluster.exit(cluster.process('api-0'));
      cluster.settle();
      expect(cluster.reconciler.groupState('api')).to.equal(state);

      const more = scale(cluster, 3);
      expect(cluster.outcome(more)).to.deep.equal({});
      expect(cluster.reconciler.slots.map(({ phase }) => phase)).to.deep.equal(['down', 'down', 'down']);
      const fewer = scale(cluster, 2);

      expect(cluster.outcome(fewer)).to.deep.equal({});
      expect(cluster.reconciler.slots.map(({ name }) => name)).to.deep.equal(['api-0', 'api-1']);
    });
  }
});
