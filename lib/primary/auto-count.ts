/** How many workers use this machine well: what CPU affinity leaves, cut by the container's quota, at least one. */
export function autoWorkerCount(read: (file: string) => string | undefined = readOrNothing): number {
  const { availableParallelism } = process.getBuiltinModule('node:os');
  const quota = cpuQuota(read);
  return Math.max(1, Math.min(availableParallelism(), Math.floor(quota)));
}

/** CPUs that control group v2 or v1 allows; `Infinity` without a quota. Node before 24 does not look. */
export function cpuQuota(read: (file: string) => string | undefined): number {
  const [max, period = '100000'] = read('/sys/fs/cgroup/cpu.max')?.trim().split(' ') ?? [];
  const quotas = [
    ratio(max, period),
    ratio(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'), read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')),
  ];
  return Math.min(...quotas);
}

function ratio(quota: string | undefined, period: string | undefined): number {
  const cpus = Number(quota) / Number(period);
  return cpus > 0 ? cpus : Number.POSITIVE_INFINITY;
}

function readOrNothing(file: string): string | undefined {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
