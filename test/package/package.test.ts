import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { run } from '../support/run.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const consumer = `
import { ClusterPrimary, ClusterWorker, type PrimaryHandlers, type Protocol, type WorkerMessageEvent } from 'phased-cluster';
import { LmdbStore, type LmdbStoreOptions } from 'phased-cluster/lmdb';
import { ClusterWorker as Waiter, type PrimaryMessageEvent, type WorkerHandlers } from 'phased-cluster/worker';

interface Kitchen extends Protocol {
  workerMessage: { plated: { table: number } };
  primaryMessage: { cook: { dish: string } };
}

export class HeadChef extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  tables: number[] = [];

  _eventWorkerMessage_plated({ data: { message } }: WorkerMessageEvent<Kitchen, 'plated'>): void {
    this.tables.push(message.table);
  }
}

export async function dinner(): Promise<void> {
  await using chef = new HeadChef({ initialize: false });
  await chef.send({ message: { type: 'cook', dish: 'soup' } });
  // @ts-expect-error a dish is a string
  await chef.send({ message: { type: 'cook', dish: 1 } });
}

export const inWorker: boolean = ClusterWorker.isWorker;

export class Cook extends Waiter<Kitchen> implements WorkerHandlers<Kitchen> {
  _eventPrimaryMessage_cook({ data: { message } }: PrimaryMessageEvent<Kitchen, 'cook'>): void {
    this.send({ message: { type: 'plated', table: message.dish.length } });
  }
}

export const same: typeof ClusterWorker = Waiter;

const options: LmdbStoreOptions = { path: './data' };
export const version: number = new LmdbStore(options).version;
// @ts-expect-error without a path there is nothing to open
export const homeless = new LmdbStore({});
`;

/** Strict, and looking into our declaration files too. */
function compilerOptions(module: string, moduleResolution: string): object {
  return {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2024', 'ESNext.Disposable'],
      module,
      moduleResolution,
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    },
    include: ['consumer.ts'],
  };
}

async function installedVersion(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name}@${version}`;
}

describe('the package as users get it', () => {
  let scratch = '';
  let files: readonly string[] = [];

  before(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'phased-cluster-'));
    const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], {
      cwd: root,
    });
    const [{ filename, files: packedFiles }] = JSON.parse(packed);
    files = packedFiles.map((file: { readonly path: string }) => file.path);

    await writeFile(path.join(scratch, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    await writeFile(path.join(scratch, 'consumer.ts'), consumer);
    const wanted = [`./${filename}`, await installedVersion('typescript'), await installedVersion('@types/node')];
    await run('npm', ['install', '--no-audit', '--no-fund', ...wanted], { cwd: scratch, timeout: 100_000 });
  });

  after(() => rm(scratch, { recursive: true, force: true }));

  const compile = async (module: string, moduleResolution: string) => {
    await writeFile(path.join(scratch, 'tsconfig.json'), JSON.stringify(compilerOptions(module, moduleResolution)));
    const compiler = path.join(scratch, 'node_modules', 'typescript', 'bin', 'tsc');
    return run(process.execPath, [compiler, '-p', '.'], { cwd: scratch });
  };

  it('holds the library, its types, its sources, its documents and its license', () => {
    expect(files).to.include.members([
      'dist/index.js',
      'dist/index.js.map',
      'dist/lmdb.js',
      'dist/lmdb.js.map',
      'dist/lmdb-check.js',
      'dist/memory-store.js',
      'dist/watchdog-thread.js',
      'dist/worker.js',
      'dist/worker.js.map',
      'dist/lib/index.d.ts',
      'dist/lib/lmdb.d.ts',
      'dist/lib/worker.d.ts',
      'lib/index.ts',
      'docs/events.md',
      'docs/guarantees.md',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
      'package.json',
    ]);
  });

  it('holds no tests, examples, benchmarks or settings of the house', () => {
    const strangers = files.filter(
      file =>
        !/^(dist\/(index|worker|lmdb|lmdb-check|memory-store|watchdog-thread)\.js(\.map)?$|dist\/lib\/.*\.d\.ts(\.map)?$|lib\/|docs\/|[A-Z]+(\.md)?$|package\.json$)/.test(
          file,
        ),
    );

    expect(strangers).to.deep.equal([]);
    expect(files.filter(file => /\.test\./.test(file))).to.deep.equal([]);
  });

  it('needs no other package: eventemitter3 is in it, with its license', async () => {
    const { dependencies = {} } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
    const code = await readFile(path.join(root, 'dist', 'worker.js'), 'utf8');

    expect(dependencies).to.deep.equal({});
    expect(code).to.match(/eventemitter3:[\s*]+The MIT License[\s\S]*Copyright \(c\) 2014 Arnout Kazemier/);
  });

  it('is plain ASCII without comments: each worker reads it before it is there', async () => {
    for (const file of ['index.js', 'worker.js', 'lmdb.js', 'lmdb-check.js', 'memory-store.js']) {
      const license = /^\s*\/\*![\s\S]*?\*\/\n/;
      const code = (await readFile(path.join(root, 'dist', file), 'utf8')).replace(license, '');

      expect(code, file).to.match(/^[\t\n\x20-\x7e]+$/);
      expect(code, file).not.to.match(/^\s*(\/\*|\/\/(?!# sourceMappingURL))/m);
    }
  });

  it('loads nothing of Node when a worker imports it that a worker has not loaded already', async () => {
    await writeFile(path.join(scratch, 'nothing.mjs'), '');
    const script = `
      process.getBuiltinModule('node:cluster');
      await import('./nothing.mjs');
      const before = new Set(process.moduleLoadList);
      await import('phased-cluster/worker');
      console.log(process.moduleLoadList.filter(name => !before.has(name)));`;

    const args = ['--input-type=module', '--eval', script];
    expect(await run(process.execPath, args, { cwd: scratch })).to.equal('[]\n');
  });

  it('offers to workers what is theirs, and the very same', async () => {
    const script = `
      import * as all from 'phased-cluster';
      import * as theirs from 'phased-cluster/worker';
      const { ClusterWorker, ClusterError, RemoteError, Initializable, Pubsub } = theirs;
      for (const Class of [ClusterWorker, ClusterError, RemoteError, Initializable, Pubsub]) {
        console.log(Class.name, Class === all[Class.name]);
      }
      console.log('ClusterPrimary' in theirs);`;

    const args = ['--input-type=module', '--eval', script];
    expect(await run(process.execPath, args, { cwd: scratch })).to.equal(
      'ClusterWorker true\nClusterError true\nRemoteError true\nInitializable true\nPubsub true\nfalse\n',
    );
  });

  it('says how to install lmdb to whoever opens a store without it', async () => {
    const script = `
      import { ClusterError } from 'phased-cluster';
      import { LmdbStore } from 'phased-cluster/lmdb';
      const error = await new LmdbStore({ path: './data' }).open({}).catch(error => error);
      console.log(error instanceof ClusterError, error.code, error.message);`;

    const args = ['--input-type=module', '--eval', script];
    expect(await run(process.execPath, args, { cwd: scratch })).to.equal(
      'true CLUSTER_STORAGE_FAILED LmdbStore needs the package `lmdb`, which is not installed: npm install lmdb\n',
    );
  });

  it('keeps data by lmdb, and checks it in a process of its own', async () => {
    const script = `
      import { LmdbStore } from 'phased-cluster/lmdb';
      const clock = { now: () => 0, date: () => 0, after: () => ({ cancel() {} }), every: () => ({ cancel() {} }) };
      const limits = { maxDepth: 9, maxKeys: 9, maxBytes: 9_999, maxValueBytes: 9_999 };
      for (const round of [1, 2]) {
        const store = new LmdbStore({ path: process.argv[1] });
        await store.open({ clock, limits, committed: () => {} });
        await store.commit([]);
        console.log(store.version);
        await store.close();
      }`;

    const args = ['--input-type=module', '--eval', script, path.join(scratch, 'data')];
    expect(await run(process.execPath, args, { cwd: root })).to.equal('1\n2\n');
  });

  it('can be imported', async () => {
    const script = `import('phased-cluster').then(all => console.log(typeof all.ClusterPrimary, typeof all.ClusterWorker))`;

    expect(await run(process.execPath, ['--eval', script], { cwd: scratch })).to.equal('function function\n');
  });

  it('gives every class the name it is exported by', async () => {
    const script = `
      import * as all from 'phased-cluster';
      console.log(Object.keys(all).filter(name => all[name].name !== name));`;

    const args = ['--input-type=module', '--eval', script];
    expect(await run(process.execPath, args, { cwd: scratch })).to.equal('[]\n');
  });

  it('tells lines of its sources in stacks', async () => {
    const script = `import { ClusterPrimary } from 'phased-cluster'; new ClusterPrimary({ initialize: false }).on('fork', 7);`;

    const args = ['--enable-source-maps', '--input-type=module', '--eval', script];
    const told = await run(process.execPath, args, { cwd: scratch }).catch(String);

    expect(told).to.match(/\blib\/pubsub\/[a-z-]+\.ts:\d+/);
    expect(told).not.to.contain('dist/');
  });

  it('can be required', async () => {
    const script = `const all = require('phased-cluster'); console.log(typeof all.ClusterPrimary, typeof all.ClusterWorker)`;

    const args = ['--input-type=commonjs', '--eval', script];
    expect(await run(process.execPath, args, { cwd: scratch })).to.equal('function function\n');
  });

  it('does nothing when it is imported', async () => {
    // Requests of the module loader come and go; timers, handles and channels would stay.
    const tell = `console.log(process.getActiveResourcesInfo().filter(name => !name.includes('Req')).join())`;
    const script = `import 'phased-cluster'; ${tell}`;

    const evaluate = (source: string) =>
      run(process.execPath, ['--input-type=module', '--eval', source], { cwd: scratch });
    expect(await evaluate(script)).to.equal(await evaluate(tell));
  });

  it('compiles in a strict project with Node resolution', async () => {
    expect(await compile('NodeNext', 'NodeNext')).to.equal('');
  });

  it('compiles in a strict project with a bundler', async () => {
    expect(await compile('ESNext', 'Bundler')).to.equal('');
  });
});
