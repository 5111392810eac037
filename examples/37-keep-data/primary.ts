import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ClusterPrimary } from 'phased-cluster';
import { LmdbStore } from 'phased-cluster/lmdb';
import type { Bank } from './worker.js';

const directory = await mkdtemp(path.join(tmpdir(), 'bank-'));

/** A cluster whose storage is in the directory: what is there already, it goes on with. */
const openBank = () =>
  new ClusterPrimary<Bank>({
    workerCount: 2,
    workerScript: new URL('./worker.js', import.meta.url),
    storage: { store: new LmdbStore({ path: directory }), initial: { accounts: { anna: 100, bert: 100 } } },
  });

try {
  for (const day of ['monday', 'tuesday']) {
    await using bank = await openBank().ready;

    await bank.request({ message: { type: 'pay', from: 'anna', to: 'bert', amount: 30 } });
    const { value, version } = (await bank.storage.entry('accounts')) ?? {};
    console.log(`${day}:`, value, `version ${version}`);
  }
} finally {
  await rm(directory, { recursive: true });
}
