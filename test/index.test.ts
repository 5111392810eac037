import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterError } from '../lib/errors/cluster-error.js';
import * as generalErrors from '../lib/errors/errors.js';
import * as storageErrors from '../lib/errors/storage-errors.js';
import * as library from '../lib/index.js';

/** What an entry point exports, by where it comes from: names in the order in which they stand. */
async function exportsOf(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const source = await readFile(new URL(`../../lib/${file}`, import.meta.url), 'utf8');
  const found = [...source.matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/([^']+)\.js';$/gm)];
  const byFile = new Map<string, string[]>();
  for (const [, names = '', from = ''] of found) {
    const known = byFile.get(from) ?? [];
    byFile.set(from, [
      ...known,
      ...names
        .split(',')
        .map(name => name.trim())
        .filter(name => name !== ''),
    ]);
  }
  return byFile;
}

/** What only a primary's script needs, though it stands in a layer that workers have, too; with the reason. */
const onlyOfPrimaries: ReadonlyMap<string, string> = new Map([
  ['MemoryStore', 'the data is in the primary'],
  ['StorageOptions', 'they are options of a primary'],
]);

describe('phased-cluster/worker', () => {
  it('exports whatever the package does, but for what is about primaries', async () => {
    const [all, worker] = await Promise.all(['index.ts', 'worker.ts'].map(exportsOf));
    const missing = [...(all ?? [])].flatMap(([from, names]) => {
      if (/^(primary|supervision)\/|^worker$/.test(from)) return [];

      return names.filter(name => !worker?.get(from)?.includes(name) && !onlyOfPrimaries.has(name));
    });

    expect(all?.get('protocol/protocol')).to.include('AnyProtocol');
    expect(missing).to.deep.equal([]);
  });

  it('exports nothing that the package does not', async () => {
    const [all, worker] = await Promise.all(['index.ts', 'worker.ts'].map(exportsOf));
    const known = new Set([...(all ?? new Map<string, readonly string[]>()).values()].flat());

    expect(
      [...(worker ?? new Map<string, readonly string[]>()).values()].flat().filter(name => !known.has(name)),
    ).to.deep.equal([]);
  });
});

describe('the package', () => {
  it('exports the classes to use and to extend', () => {
    const classes = Object.keys(library).filter(name => !name.endsWith('Error'));

    expect(classes).to.have.members([
      ...['ClusterPrimary', 'ClusterWorker', 'Initializable', 'MemoryStore', 'Pubsub', 'WorkerHandle'],
    ]);
  });

  it('exports every error, and their base', () => {
    const exported = Object.entries(library).filter(([name]) => name.endsWith('Error'));

    expect(Object.fromEntries(exported)).to.deep.equal({ ...generalErrors, ...storageErrors, ClusterError });
  });
});
