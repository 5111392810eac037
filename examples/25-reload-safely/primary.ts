import { ClusterPrimary, ReloadError, type ReloadReport } from 'phased-cluster';

const workerScript = new URL('./worker.js', import.meta.url);
const workerEnv = { RELEASE: '1' };
await using primary = await new ClusterPrimary({ workerCount: 3, workerScript, workerEnv }).ready;

// `env`, and `script` and `args` for a single group: what is left out stays as it is. One worker at a time, each new one has
// to stay ready for so long before the old one stops for it.
const reload = (RELEASE: string, rollback = false) => primary.reload({ env: { RELEASE }, stability: 50, rollback });

const show = ({ replaced, notReplaced, rolledBack }: ReloadReport) =>
  console.log(`  replaced: [${replaced}], not replaced: [${notReplaced}], rolled back: [${rolledBack}]`);

async function showReleases(): Promise<void> {
  const names = ['default-0', 'default-1', 'default-2'];
  const releases = names.map(to => primary.request({ message: { type: 'release' }, to }));
  console.log(`  they run ${(await Promise.all(releases)).join(', ')}`);
}

for (const rollback of [true, false]) {
  console.log(`release 2, which is bad${rollback ? ', with rollback' : ''}:`);
  await reload('2', rollback).catch((error: unknown) => {
    if (!(error instanceof ReloadError)) throw error;
    const reason = error.cause as Error;
    console.log(`  ${error.details.failed}: ${(reason.cause as Error).message}`);
    show(error.details);
  });
  await showReleases();
}

console.log('release 3:');
show(await reload('3'));
await showReleases();
