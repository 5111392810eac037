import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ReloadOrder } from '../../lib/supervision/operation.js';
import { exitOf } from '../support/exit-records.js';
import { ModelCluster, upWith } from '../support/model-cluster.js';

function reload(cluster: ModelCluster, order: Partial<ReloadOrder> = {}): number {
  return cluster.operate({ kind: 'reload', groups: ['api'], edition: cluster.nextEdition(), ...order });
}

describe('Reload', () => {
  it('replaces one slot after the other, new before old', () => {
    const cluster = upWith(2);

    const operation = reload(cluster);
    expect(cluster.told()).to.deep.equal(['fork api-0#2 newcomer edition 1']);
    cluster.ready(cluster.process('api-0', 'newcomer'));
    expect(cluster.told()).to.deep.equal(['takeOver api-0#2', 'stop api-0#1 reloaded']);
    cluster.exit(cluster.process('api-0', 'leaver'));
    expect(cluster.told()).to.deep.equal(['fork api-1#2 newcomer edition 1']);
    cluster.settle();

    expect(cluster.told()).to.deep.equal(['takeOver api-1#2', 'stop api-1#1 reloaded', 'settled 1 well']);
    expect(cluster.outcome(operation)).to.deep.equal({
      report: { replaced: ['api-0', 'api-1'], notReplaced: [], rolledBack: [] },
    });
  });

  it('replaces `stride` slots of one group at a time', () => {
    const cluster = upWith(3);
    cluster.add({ group: 'jobs' });
    cluster.settle();
    cluster.told();

    reload(cluster, { groups: ['api', 'jobs'], stride: 2 });
    cluster.settle();

    expect(cluster.told().filter(line => line.startsWith('fork') || line.startsWith('take'))).to.deep.equal([
      'fork api-0#2 newcomer edition 1',
      'fork api-1#2 newcomer edition 1',
      'takeOver api-0#2',
      'takeOver api-1#2',
      'fork api-2#2 newcomer edition 1',
      'takeOver api-2#2',
      'fork jobs-0#2 newcomer edition 1',
      'takeOver jobs-0#2',
    ]);
  });

  it('lets new workers prove themselves for a while, all of a batch at once', () => {
    const cluster = upWith(2);
    reload(cluster, { stride: 2, stability: 500 });
    cluster.told();

    cluster.ready(cluster.process('api-0', 'newcomer'));
    expect(cluster.told()).to.deep.equal([]);
    cluster.ready(cluster.process('api-1', 'newcomer'));
    expect(cluster.told()).to.deep.equal(['wait 500']);
    for (const ticket of cluster.tickets) cluster.elapse(ticket);

    expect(cluster.told().slice(0, 2)).to.deep.equal(['takeOver api-0#2', 'stop api-0#1 reloaded']);
  });

  it('gives the new edition to slots added later, and to replacements', () => {
    const cluster = upWith(1);
    reload(cluster);
    cluster.settle();
    cluster.told();

    cluster.add({ group: 'api' });
    cluster.exit(cluster.process('api-0'));
    cluster.settle();

    expect(cluster.reconciler.edition('api')).to.equal(1);
    expect(cluster.told().filter(line => line.startsWith('fork '))).to.deep.equal([
      'fork api-1#1 worker edition 1',
      'fork api-0#3 worker edition 1',
    ]);
  });

  it('replaces slots that are added meanwhile too', () => {
    const cluster = upWith(1);
    const operation = reload(cluster);

    cluster.add({ group: 'api' });
    expect(cluster.slot('api-1').edition).to.equal(0);
    cluster.settle();

    expect(cluster.slot('api-1').edition).to.equal(1);
    expect(cluster.outcome(operation)?.report?.replaced).to.deep.equal(['api-0', 'api-1']);
  });

  describe('that fails', () => {
    it('leaves those alone that it has not replaced, and says which those are', () => {
      const cluster = upWith(3);
      const operation = reload(cluster);
      cluster.ready(cluster.process('api-0', 'newcomer'));
      cluster.exit(cluster.process('api-0', 'leaver'));
      cluster.told();

      cluster.exit(cluster.process('api-1', 'newcomer'), { code: 7 });

      expect(cluster.told()).to.deep.equal(['settled 1 exit']);
      const slot = cluster.slot('api-1');
      expect(cluster.outcome(operation)).to.deep.equal({
        failure: { why: 'exit', slot, generation: 2, exit: exitOf({ code: 7, wasReady: false }) },
        report: { replaced: ['api-0'], notReplaced: ['api-1', 'api-2'], rolledBack: [] },
      });
      expect([slot.phase, slot.generation, slot.edition, cluster.reconciler.edition('api')]).to.deep.equal([
        'ready',
        1,
        0,
        0,
      ]);
    });

    it('stops the other newcomers, and is over when they are gone', () => {
      const cluster = upWith(2);
      reload(cluster, { stride: 2 });
      cluster.told();

      cluster.exit(cluster.process('api-0', 'newcomer'));
      expect(cluster.told()).to.deep.equal(['stop api-1#2 reloaded']);
      cluster.exit(cluster.process('api-1', 'leaver'));

      expect(cluster.told()).to.deep.equal(['settled 1 exit']);
    });

    for (const how of ['crashes', 'hangs'] as const) {
      it(`does so when a newcomer ${how} before it was ready for long enough`, () => {
        const cluster = upWith(1);
        reload(cluster, { stability: 500 });
        cluster.ready(cluster.process('api-0', 'newcomer'));
        cluster.told();

        cluster.exit(cluster.process('api-0', 'newcomer'), how === 'hangs' ? { intent: 'hung' } : {});
        for (const ticket of cluster.tickets) cluster.elapse(ticket);

        expect(cluster.told()).to.deep.equal(['settled 1 exit']);
        expect(cluster.slot('api-0')).to.include({ phase: 'ready', generation: 1, edition: 0 });
      });
    }

    it('does so when a new worker crashes after it took over, which is replaced as it is', () => {
      const cluster = upWith(2);
      const operation = reload(cluster);
      cluster.ready(cluster.process('api-0', 'newcomer'));
      cluster.exit(cluster.process('api-0', 'leaver'));
      cluster.told();

      cluster.exit(cluster.process('api-0'));
      cluster.settle();

      expect(cluster.told()).to.deep.equal([
        'forkLater api-0#2 0',
        'stop api-1#2 reloaded',
        'settled 1 exit',
        'fork api-0#3 worker edition 1',
      ]);
      expect(cluster.outcome(operation)?.report).to.deep.equal({
        replaced: ['api-0'],
        notReplaced: ['api-1'],
        rolledBack: [],
      });
    });

    it('does so, too, when a new worker that is not to be replaced ends', () => {
      const cluster = new ModelCluster({ policy: 'temporary' });
      cluster.add({ group: 'api', count: 2 });
      cluster.settle();
      const operation = reload(cluster);
      cluster.ready(cluster.process('api-0', 'newcomer'));
      cluster.exit(cluster.process('api-0', 'leaver'));

      cluster.exit(cluster.process('api-0'));
      cluster.settle();

      expect(cluster.outcome(operation)?.failure).to.deep.include({ why: 'exit', generation: 2 });
      expect(cluster.outcome(operation)?.report).to.deep.equal({
        replaced: [],
        notReplaced: ['api-1'],
        rolledBack: [],
      });
    });

    it('does so when a fork is vetoed', () => {
      const cluster = upWith(1);
      cluster.mischief.fork = true;

      const operation = reload(cluster);

      expect(cluster.told()).to.deep.equal(['fork api-0#2 newcomer edition 1', 'settled 1 vetoed']);
      expect(cluster.outcome(operation)?.failure).to.deep.equal({ why: 'vetoed', slot: cluster.slot('api-0') });
    });
  });

  describe('where not every worker is there', () => {
    it('replaces an old worker that crashes meanwhile with the old edition, beside its newcomer', () => {
      const cluster = upWith(1);
      reload(cluster);
      cluster.told();

      cluster.exit(cluster.process('api-0'));
      for (const timer of cluster.timers.splice(0)) cluster.fire(timer);
      expect(cluster.told()).to.deep.equal(['forkLater api-0#1 0', 'fork api-0#3 worker']);
      cluster.ready(cluster.process('api-0', 'newcomer'));

      expect(cluster.told()).to.deep.equal(['takeOver api-0#2', 'stop api-0#3 reloaded']);
    });

    it('fills a slot that waits for its replacement, which does not come any more', () => {
      const cluster = upWith(1);
      cluster.exit(cluster.process('api-0'));
      cluster.told();

      reload(cluster);
      cluster.ready(cluster.process('api-0', 'newcomer'));
      expect(cluster.told()).to.deep.equal(['fork api-0#2 newcomer edition 1', 'takeOver api-0#2', 'settled 1 well']);
      for (const timer of cluster.timers) cluster.fire(timer);

      expect(cluster.told()).to.deep.equal([]);
    });

    it('makes a group that failed run again, with a clean record', () => {
      const cluster = upWith(2, { intensity: 0 });
      cluster.exit(cluster.process('api-0'));
      expect(cluster.reconciler.groupState('api')).to.equal('failed');

      reload(cluster);
      cluster.settle();

      expect(cluster.reconciler.groupState('api')).to.equal('running');
      expect(cluster.slot('api-0')).to.include({ phase: 'ready', edition: 1, failures: 0 });
    });

    it('only changes the edition of a group that is drained', () => {
      const cluster = upWith(1);
      cluster.operate({ kind: 'drain', groups: ['api'] });
      cluster.settle();
      cluster.told();

      const operation = reload(cluster);

      expect(cluster.told()).to.deep.equal(['settled 2 well']);
      expect(cluster.outcome(operation)?.report?.replaced).to.deep.equal(['api-0']);
      cluster.operate({ kind: 'resume', groups: ['api'] });
      expect(cluster.told()).to.deep.equal(['fork api-0#2 worker edition 1']);
    });

    it('passes over slots that are given up, and tells nothing of them', () => {
      const cluster = upWith(3);
      const operation = reload(cluster, { stride: 2 });
      cluster.ready(cluster.process('api-0', 'newcomer'));

      cluster.retire(cluster.slot('api-1'));
      cluster.retire(cluster.slot('api-2'));
      cluster.settle();

      expect(cluster.outcome(operation)).to.deep.equal({
        report: { replaced: ['api-0'], notReplaced: [], rolledBack: [] },
      });
    });

    it('is over at once when the last slot it waits for is given up', () => {
      const cluster = upWith(1);
      const operation = reload(cluster, { stability: 500 });
      cluster.ready(cluster.process('api-0', 'newcomer'));

      cluster.retire(cluster.slot('api-0'));

      expect(cluster.outcome(operation)?.failure).to.equal(undefined);
      expect(cluster.told().slice(-3)).to.deep.equal([
        'stop api-0#1 destroyed',
        'stop api-0#2 destroyed',
        'settled 1 well',
      ]);
    });
  });

  describe('with rollback', () => {
    /** Two of three slots are replaced, and the newcomer of the third fails. */
    function failedAtTheThird(): { cluster: ModelCluster; operation: number } {
      const cluster = upWith(3);
      const operation = reload(cluster, { rollback: true, stability: 500 });
      for (const name of ['api-0', 'api-1']) {
        cluster.ready(cluster.process(name, 'newcomer'));
        for (const ticket of cluster.tickets.splice(0)) cluster.elapse(ticket);
        cluster.exit(cluster.process(name, 'leaver'));
      }
      cluster.told();
      cluster.exit(cluster.process('api-2', 'newcomer'));
      return { cluster, operation };
    }

    it('brings those replaced back in the same way, without proving again what has proved itself', () => {
      const { cluster, operation } = failedAtTheThird();

      cluster.settle();

      expect(cluster.told()).to.deep.equal([
        'fork api-0#3 newcomer',
        'takeOver api-0#3',
        'stop api-0#2 reloaded',
        'fork api-1#3 newcomer',
        'takeOver api-1#3',
        'stop api-1#2 reloaded',
        'settled 1 exit',
      ]);
      expect(cluster.outcome(operation)?.report).to.deep.equal({
        replaced: [],
        notReplaced: ['api-2'],
        rolledBack: ['api-0', 'api-1'],
      });
    });

    it('stops at a failure on the way back, and tells what runs the new edition', () => {
      const { cluster, operation } = failedAtTheThird();
      cluster.ready(cluster.process('api-0', 'newcomer'));
      cluster.exit(cluster.process('api-0', 'leaver'));

      cluster.exit(cluster.process('api-1', 'newcomer'));

      expect(cluster.outcome(operation)?.failure).to.deep.include({ why: 'exit', slot: cluster.slot('api-2') });
      expect(cluster.outcome(operation)?.report).to.deep.equal({
        replaced: ['api-1'],
        notReplaced: ['api-2'],
        rolledBack: ['api-0'],
      });
    });

    it('goes on with the way back when the bad edition crashes meanwhile', () => {
      const { cluster, operation } = failedAtTheThird();

      cluster.exit(cluster.process('api-1'));
      cluster.settle();

      expect(cluster.outcome(operation)?.report?.rolledBack).to.deep.equal(['api-0', 'api-1']);
      expect(cluster.slot('api-1')).to.include({ phase: 'ready', edition: 0 });
    });

    it('waits until the old processes of its last batch have left before it turns round', () => {
      const cluster = upWith(1);
      const operation = reload(cluster, { rollback: true });
      cluster.ready(cluster.process('api-0', 'newcomer'));
      cluster.told();

      cluster.exit(cluster.process('api-0'));
      expect(cluster.told()).to.deep.equal(['forkLater api-0#2 0']);
      cluster.settle();

      expect(cluster.told()[0]).to.equal('fork api-0#3 newcomer');
      expect(cluster.outcome(operation)?.report?.rolledBack).to.deep.equal(['api-0']);
    });

    it('brings back only those that are still there', () => {
      const { cluster, operation } = failedAtTheThird();

      cluster.retire(cluster.slot('api-0'));
      cluster.retire(cluster.slot('api-1'));
      cluster.settle();

      expect(cluster.outcome(operation)?.report).to.deep.equal({
        replaced: [],
        notReplaced: ['api-2'],
        rolledBack: [],
      });
    });
  });

  describe('that is aborted', () => {
    it('stops the newcomers and rolls back what was ordered', () => {
      const cluster = upWith(2);
      const operation = reload(cluster, { rollback: true });
      cluster.ready(cluster.process('api-0', 'newcomer'));
      cluster.exit(cluster.process('api-0', 'leaver'));

      cluster.abort(operation);
      cluster.abort(operation);
      cluster.settle();

      expect(cluster.outcome(operation)).to.deep.equal({
        failure: { why: 'aborted' },
        report: { replaced: [], notReplaced: ['api-1'], rolledBack: ['api-0'] },
      });
    });

    it('never begins if its turn had not come', () => {
      const cluster = upWith(1);
      cluster.operate({ kind: 'recycle', groups: ['api'] });
      const operation = reload(cluster);

      cluster.abort(operation);

      expect(cluster.outcome(operation)).to.deep.equal({
        failure: { why: 'aborted' },
        report: { replaced: [], notReplaced: ['api-0'], rolledBack: [] },
      });
    });

    it('ends at a shutdown as it is', () => {
      const cluster = upWith(2);
      const operation = reload(cluster, { rollback: true });
      cluster.ready(cluster.process('api-0', 'newcomer'));

      cluster.shutDown();

      expect(cluster.outcome(operation)).to.deep.equal({
        failure: { why: 'shutDown' },
        report: { replaced: ['api-0'], notReplaced: ['api-1'], rolledBack: [] },
      });
    });
  });
});
