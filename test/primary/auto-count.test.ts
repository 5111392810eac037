import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { autoWorkerCount, cpuQuota } from '../../lib/primary/auto-count.js';

const v2 = '/sys/fs/cgroup/cpu.max';
const v1quota = '/sys/fs/cgroup/cpu/cpu.cfs_quota_us';
const v1period = '/sys/fs/cgroup/cpu/cpu.cfs_period_us';

function files(contents: Readonly<Record<string, string>>) {
  return (file: string) => contents[file];
}

describe('auto-count', () => {
  describe('cpuQuota', () => {
    it('has no limit where no file says so', () => {
      expect(cpuQuota(files({}))).to.equal(Number.POSITIVE_INFINITY);
    });

    it('reads control group v2', () => {
      expect(cpuQuota(files({ [v2]: '250000 100000\n' }))).to.equal(2.5);
      expect(cpuQuota(files({ [v2]: '50000\n' }))).to.equal(0.5);
      expect(cpuQuota(files({ [v2]: 'max 100000\n' }))).to.equal(Number.POSITIVE_INFINITY);
    });

    it('reads control group v1', () => {
      expect(cpuQuota(files({ [v1quota]: '300000\n', [v1period]: '100000\n' }))).to.equal(3);
      expect(cpuQuota(files({ [v1quota]: '-1\n', [v1period]: '100000\n' }))).to.equal(Number.POSITIVE_INFINITY);
    });

    it('takes the smaller of both', () => {
      expect(cpuQuota(files({ [v2]: '400000 100000', [v1quota]: '300000', [v1period]: '100000' }))).to.equal(3);
    });

    it('ignores nonsense', () => {
      expect(cpuQuota(files({ [v2]: 'garbage', [v1quota]: '', [v1period]: '0' }))).to.equal(Number.POSITIVE_INFINITY);
    });
  });

  describe('autoWorkerCount', () => {
    it('is what affinity leaves without a quota', () => {
      expect(autoWorkerCount(files({}))).to.equal(availableParallelism());
    });

    it('is cut by the quota, rounded down, and never less than one', () => {
      expect(autoWorkerCount(files({ [v2]: '199999 100000' }))).to.equal(1);
      expect(autoWorkerCount(files({ [v2]: '10000 100000' }))).to.equal(1);
    });

    it('reads the files of this machine', () => {
      expect(autoWorkerCount()).to.be.within(1, availableParallelism());
    });
  });
});
