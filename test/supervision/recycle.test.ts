import { expect } from 'chai';
import { describe, it } from 'mocha';
import { exitOf } from '../support/exit-records.js';
import { type ModelCluster, upWith } from '../support/model-cluster.js';

function recycle(cluster: ModelCluster, name?: string): number {
  return cluster.operate({
    kind: 'recycle',
    groups: ['api'],
    slot: name === undefined ? undefined : cluster.slot(name),
  });
}

describe('Recycle', () => {
  it('gives each slot a new process, one at a time, new before old', () => {
    const cluster = upWith(2);

    const operation = recycle(cluster);
    cluster.settle();

    expect(cluster.told()).to.deep.equal([
      'fork api-0#2 newcomer',
      'takeOver api-0#2',
      'stop api-0#1 recycled',
      'fork api-1#2 newcomer',
      'takeOver api-1#2',
      'stop api-1#1 recycled',
      'settled 1 well',
    ]);
    expect(cluster.outcome(operation)?.report?.replaced).to.deep.equal(['api-0', 'api-1']);
  });

  it('takes a single slot, and tells of no other', () => {
    const cluster = upWith(2);

    const operation = recycle(cluster, 'api-1');
    cluster.settle();

    expect(cluster.outcome(operation)).to.deep.equal({
      report: { replaced: ['api-1'], notReplaced: [], rolledBack: [] },
    });
  });

  it('takes a single process, and leaves one alone that has come in its place', () => {
    const cluster = upWith(1);
    const slot = cluster.slot('api-0');
    cluster.operate({ kind: 'reload', groups: ['api'], edition: 1 });

    const [meant, other] = [1, 2].map(generation => {
      return cluster.operate({ kind: 'recycle', groups: ['api'], slot, generation });
    });
    cluster.settle();

    expect(cluster.outcome(meant ?? 0)?.report?.replaced).to.deep.equal([]);
    expect(cluster.outcome(other ?? 0)?.report?.replaced).to.deep.equal(['api-0']);
    expect(slot.generation).to.equal(3);
  });

  it('has nothing to do for a slot that was given up', () => {
    const cluster = upWith(1);
    const slot = cluster.slot('api-0');
    cluster.retire(slot);
    cluster.settle();

    const operation = cluster.operate({ kind: 'recycle', groups: ['api'], slot });

    expect(cluster.outcome(operation)).to.deep.equal({ report: { replaced: [], notReplaced: [], rolledBack: [] } });
  });

  it('keeps the edition of each slot', () => {
    const cluster = upWith(2);
    cluster.operate({ kind: 'reload', groups: ['api'], edition: 1 });
    cluster.ready(cluster.process('api-0', 'newcomer'));
    cluster.exit(cluster.process('api-0', 'leaver'));
    cluster.exit(cluster.process('api-1', 'newcomer'));
    cluster.told();

    recycle(cluster);
    cluster.settle();

    expect(cluster.told().filter(line => line.startsWith('fork'))).to.deep.equal([
      'fork api-0#3 newcomer edition 1',
      'fork api-1#3 newcomer',
    ]);
  });

  it('passes over a slot that has no process at its turn', () => {
    const cluster = upWith(2);
    cluster.exit(cluster.process('api-0'));
    cluster.told();

    const operation = recycle(cluster);
    cluster.settle();

    expect(cluster.told()).not.to.include('fork api-0#2 newcomer');
    expect(cluster.outcome(operation)?.report).to.deep.equal({
      replaced: ['api-1'],
      notReplaced: ['api-0'],
      rolledBack: [],
    });
  });

  it('fails when a newcomer dies, and leaves its slot as it is', () => {
    const cluster = upWith(2);
    const operation = recycle(cluster);

    cluster.exit(cluster.process('api-0', 'newcomer'));

    expect(cluster.outcome(operation)).to.deep.equal({
      failure: { why: 'exit', slot: cluster.slot('api-0'), generation: 2, exit: exitOf({ wasReady: false }) },
      report: { replaced: [], notReplaced: ['api-0', 'api-1'], rolledBack: [] },
    });
    expect(cluster.slot('api-0')).to.include({ phase: 'ready', generation: 1 });
  });

  it('does not mind the crash of a worker that it has replaced', () => {
    const cluster = upWith(2);
    const operation = recycle(cluster);
    cluster.ready(cluster.process('api-0', 'newcomer'));
    cluster.exit(cluster.process('api-0', 'leaver'));

    cluster.exit(cluster.process('api-0'));
    cluster.settle();

    expect(cluster.outcome(operation)?.failure).to.equal(undefined);
  });

  it('gives up when its group fails', () => {
    const cluster = upWith(2, { intensity: 0 });
    const operation = recycle(cluster);
    cluster.told();

    cluster.exit(cluster.process('api-1'));
    cluster.settle();

    expect(cluster.told()).to.deep.equal(['groupFailed api 1', 'stop api-0#2 recycled', 'settled 1 groupFailed']);
    expect(cluster.outcome(operation)?.failure).to.deep.equal({ why: 'groupFailed', group: 'api' });
  });

  it('stops its newcomer when it is aborted', () => {
    const cluster = upWith(1);
    const operation = recycle(cluster);
    cluster.told();

    cluster.abort(operation);
    cluster.settle();

    expect(cluster.told()).to.deep.equal(['stop api-0#2 recycled', 'settled 1 aborted']);
  });
});
