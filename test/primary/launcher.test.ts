import cluster from 'node:cluster';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { NotAPrimaryError, SchedulingPolicyError } from '../../lib/errors/errors.js';
import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import { assertPrimaryProcess, claimSchedulingPolicy, launch } from '../../lib/primary/launcher.js';
import { primaryDeclarations, type ResolvedPrimaryOptions } from '../../lib/primary/options.js';
import { workerSettings } from '../../lib/primary/worker-settings.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { runProgram } from '../support/run-program.js';

describe('launcher', () => {
  describe('assertPrimaryProcess', () => {
    it('lets a process pass that nobody forked', () => {
      assertPrimaryProcess();
    });

    it('refuses a worker process, and names what was meant', () => {
      Object.assign(cluster, { isPrimary: false });
      try {
        expect(() => assertPrimaryProcess())
          .to.throw(NotAPrimaryError, 'let `workerScript` name the file of the worker')
          .and.deep.include({ code: 'CLUSTER_NOT_A_PRIMARY', details: { pid: process.pid } });
      } finally {
        Object.assign(cluster, { isPrimary: true });
      }
    });
  });

  describe('claimSchedulingPolicy', () => {
    const inForce = cluster.schedulingPolicy === cluster.SCHED_NONE ? 'none' : 'rr';
    const other = inForce === 'rr' ? 'none' : 'rr';

    it('claims nothing when none is wanted', () => {
      claimSchedulingPolicy(undefined);
    });

    it('refuses a second one that differs, which Node would ignore', () => {
      claimSchedulingPolicy(inForce);
      claimSchedulingPolicy(inForce);

      expect(() => claimSchedulingPolicy(other))
        .to.throw(
          SchedulingPolicyError,
          `Expected \`schedulingPolicy\` to be \`${inForce}\`, which this process uses already`,
        )
        .with.property('details')
        .that.deep.equals({ wanted: other, inForce });
    });

    it('sets the first one', async () => {
      const { code, stdout } = await runProgram('dist/test/fixtures/primary/scheduling-policy.js');

      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.equal({ policy: 'none', refused: 'CLUSTER_SCHEDULING_POLICY' });
    });
  });

  describe('launch', () => {
    it('sets every setting of Node and forks in one step', () => {
      using fake = new FakeCluster();
      const options = resolveOptions({}, primaryDeclarations, 'ClusterPrimary') as ResolvedPrimaryOptions;
      const settings = workerSettings(options);

      const node = launch(settings, { DISH: 'soup' });

      expect(node).to.equal(fake.worker(0));
      expect(fake.forks[0]).to.include({ settings }).and.have.deep.property('env', { DISH: 'soup' });
    });
  });
});
