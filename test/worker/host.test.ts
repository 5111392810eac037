import cluster from 'node:cluster';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { NotAWorkerError, WorkerExistsError } from '../../lib/errors/errors.js';
import { assertWorkerProcess, host } from '../../lib/worker/host.js';
import { FakeWorker } from '../support/fake-worker.js';

/** Runs as if a primary had forked this process. */
function asWorker(run: (worker: FakeWorker) => void): void {
  const worker = new FakeWorker(7);
  Object.assign(cluster, { isWorker: true, worker: worker.node });
  try {
    run(worker);
  } finally {
    Object.assign(cluster, { isWorker: false, worker: undefined });
  }
}

describe('host', () => {
  it('is no worker in a process that nobody forked', () => {
    expect(host).to.include({ isWorker: false, node: undefined });
    host.onDisconnect(() => expect.fail('there is no channel'));
  });

  it('is what Node says in a worker', () => {
    asWorker(worker => expect(host).to.include({ isWorker: true, node: worker }));
  });

  describe('#onDisconnect', () => {
    it('keeps Node from ending the process, and tells whether it was asked for', () => {
      for (const asked of [true, false]) {
        asWorker(worker => {
          const told: boolean[] = [];
          worker.exitedAfterDisconnect = asked;
          host.onDisconnect(expected => told.push(expected));
          worker.emit('disconnect');
          worker.emit('disconnect');

          expect(told).to.deep.equal([asked]);
          expect(worker.exitedAfterDisconnect).to.equal(true);
        });
      }
    });
  });
});

describe('assertWorkerProcess', () => {
  it('refuses a process that nobody forked', () => {
    expect(() => assertWorkerProcess(undefined))
      .to.throw(NotAWorkerError, 'A ClusterWorker was constructed in a process that no ClusterPrimary forked')
      .and.deep.include({ code: 'CLUSTER_NOT_A_WORKER', details: { pid: process.pid } });
  });

  it('refuses a second one in a worker process', () => {
    asWorker(() => {
      assertWorkerProcess(undefined);
      expect(() => assertWorkerProcess({})).to.throw(WorkerExistsError, 'This process has a ClusterWorker already');
    });
  });
});
