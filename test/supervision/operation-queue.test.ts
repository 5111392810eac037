import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { OperationOrder } from '../../lib/supervision/operation.js';
import { type ModelCluster, upWith } from '../support/model-cluster.js';

const recycle = { kind: 'recycle', groups: ['api'] } as const;
const scaleTo = (workerCount: number) => ({ kind: 'scale', groups: ['api'], workerCount }) as const;

function withJobs(): ModelCluster {
  const cluster = upWith(1);
  cluster.add({ group: 'jobs' });
  cluster.settle();
  cluster.told();
  return cluster;
}

describe('OperationQueue', () => {
  it('lets operations on other groups run side by side', () => {
    const cluster = withJobs();

    cluster.operate(recycle);
    cluster.operate({ kind: 'recycle', groups: ['jobs'] });

    expect(cluster.told()).to.deep.equal(['fork api-0#2 newcomer', 'fork jobs-0#2 newcomer']);
  });

  it('lets an operation wait for every earlier one that shares a group with it', () => {
    const cluster = withJobs();
    cluster.operate(recycle);
    cluster.operate({ kind: 'recycle', groups: ['api', 'jobs'] });
    cluster.operate({ kind: 'scale', groups: ['jobs'], workerCount: 0 });
    expect(cluster.told()).to.deep.equal(['fork api-0#2 newcomer']);

    cluster.settle();

    expect(cluster.told().filter(line => line.startsWith('settled'))).to.deep.equal([
      'settled 1 well',
      'settled 2 well',
      'settled 3 well',
    ]);
  });

  it('begins what comes next as soon as it can, in the same moment', () => {
    const cluster = withJobs();
    cluster.operate({ kind: 'drain', groups: ['api'] });
    cluster.operate({ kind: 'resume', groups: ['api'] });
    cluster.told();

    cluster.exit(cluster.process('api-0'));

    expect(cluster.told()).to.deep.equal(['settled 1 well', 'fork api-0#2 worker']);
  });

  describe('joins', () => {
    const reload = { kind: 'reload', groups: ['api'], edition: 1 } as const;
    const same: readonly (readonly [OperationOrder, OperationOrder])[] = [
      [recycle, recycle],
      [scaleTo(3), scaleTo(3)],
      [reload, { ...reload, edition: 2, stride: 1, stability: 0, rollback: false }],
      [
        { ...reload, change: 'salt' },
        { ...reload, edition: 2, change: 'salt' },
      ],
    ];
    for (const [one, other] of same) {
      it(`an order to ${one.kind} with the same one before it`, () => {
        const cluster = upWith(1);

        expect([cluster.operate(one), cluster.operate(other)]).to.deep.equal([1, 1]);
        cluster.settle();

        expect(cluster.count('settled')).to.equal(1);
      });
    }

    it('an order to drain, and one to resume, too', () => {
      const cluster = upWith(1);
      const orders = (['drain', 'drain', 'resume', 'resume'] as const).map(
        kind => ({ kind, groups: ['api'] }) as const,
      );

      expect(orders.map(order => cluster.operate(order))).to.deep.equal([1, 1, 2, 2]);
    });

    const unlike: readonly (readonly [string, OperationOrder, OperationOrder])[] = [
      ['another kind', recycle, scaleTo(2)],
      ['another number of workers', scaleTo(2), scaleTo(3)],
      ['another stride', reload, { ...reload, edition: 2, stride: 2 }],
      ['another stability', reload, { ...reload, edition: 2, stability: 1 }],
      ['another rollback', reload, { ...reload, edition: 2, rollback: true }],
      ['another change', { ...reload, change: 'one' }, { ...reload, edition: 2, change: 'other' }],
      ['other groups', recycle, { kind: 'recycle', groups: ['api', 'jobs'] }],
    ];
    for (const [what, one, other] of unlike) {
      it(`no order with ${what}`, () => {
        const cluster = upWith(1);

        expect([cluster.operate(one), cluster.operate(other)]).to.deep.equal([1, 2]);
      });
    }

    it('no order for another process of the same slot', () => {
      const cluster = upWith(1);
      const order = { ...recycle, slot: cluster.slot('api-0') };

      expect([1, 1, 2].map(generation => cluster.operate({ ...order, generation }))).to.deep.equal([1, 1, 2]);
    });

    it('no order for another slot', () => {
      const cluster = upWith(2);
      const orders = ['api-0', 'api-1'].map(name => ({ ...recycle, slot: cluster.slot(name) }));

      expect(orders.map(order => cluster.operate(order))).to.deep.equal([1, 2]);
    });

    it('only the latest of the groups', () => {
      const cluster = upWith(1);

      expect([scaleTo(2), scaleTo(3), scaleTo(2)].map(order => cluster.operate(order))).to.deep.equal([1, 2, 3]);
    });

    it('none that has failed already, and only tidies up', () => {
      const cluster = upWith(2);
      const order = { kind: 'reload', groups: ['api'], edition: 1, stride: 2 } as const;
      cluster.operate(order);
      cluster.exit(cluster.process('api-0', 'newcomer'));

      expect(cluster.operate({ ...order, edition: 2 })).to.equal(2);
    });

    it('none that somebody else may give up', () => {
      const cluster = upWith(1);

      expect([cluster.operate(recycle, false), cluster.operate(recycle)]).to.deep.equal([1, 2]);
    });

    it('none when that is not wanted', () => {
      const cluster = upWith(1);

      expect([cluster.operate(recycle), cluster.operate(recycle, false)]).to.deep.equal([1, 2]);
    });
  });

  it('gives up an operation whose turn has not come, and does not mind one that is over', () => {
    const cluster = upWith(1);
    const first = cluster.operate(recycle);
    const second = cluster.operate(scaleTo(3));

    cluster.abort(second);
    cluster.settle();
    cluster.abort(first);
    cluster.abort(17);

    expect(cluster.outcome(first)?.failure).to.equal(undefined);
    expect(cluster.outcome(second)).to.deep.equal({ failure: { why: 'aborted' } });
    expect(cluster.reconciler.slots).to.have.lengthOf(1);
  });

  it('ends all of them at a shutdown, begun or not', () => {
    const cluster = upWith(1);
    const operations = [recycle, scaleTo(3)].map(order => cluster.operate(order));

    cluster.shutDown();

    expect(operations.map(operation => cluster.outcome(operation)?.failure)).to.deep.equal([
      { why: 'shutDown' },
      { why: 'shutDown' },
    ]);
  });
});
