/**
 * Puts the library into one file for those who install it: importing a hundred took half of a worker's start.
 *
 * What is put together is without comments, and holds eventemitter3: both are milliseconds in each worker that starts.
 * Tests import the files in dist/lib, so that coverage tells them apart; no process may load both.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Lets the source map of the bundle lead back to TypeScript. */
const readSourceMaps = {
  name: 'read-source-maps',
  async load(file) {
    if (!file.includes(`${path.sep}dist${path.sep}bare${path.sep}`)) return undefined;
    const [code, map] = await Promise.all([readFile(file, 'utf8'), readFile(`${file}.map`, 'utf8')]);
    return { code, map: JSON.parse(map) };
  },
};

const emitter = path.dirname(createRequire(import.meta.url).resolve('eventemitter3/package.json'));

/** Takes the build of eventemitter3 that is an ES module; its license goes along. */
const bringEventEmitter = {
  name: 'bring-event-emitter',
  resolveId: name => (name === 'eventemitter3' ? path.join(emitter, 'dist', 'eventemitter3.esm.min.js') : undefined),
  async banner({ moduleIds }) {
    if (!moduleIds.some(id => id.startsWith(emitter))) return '';

    const license = await readFile(path.join(emitter, 'LICENSE'), 'utf8');
    return `/*! In here is eventemitter3:\n${license.trim().replaceAll(/^/gm, ' * ').replaceAll(/ +$/gm, '')}\n */`;
  },
};

const output = { dir: 'dist', format: 'es', sourcemap: true, sourcemapExcludeSources: true };

const entries = {
  input: { index: 'dist/bare/lib/index.js', worker: 'dist/bare/lib/worker.js', lmdb: 'dist/bare/lib/lmdb.js' },
  // What both need stands in worker.js, and index.js imports it from there: a third file would cost a worker time. What a
  // primary and the stores need stands in memory-store.js. Nothing may be there twice: an error is an instance of one class.
  preserveEntrySignatures: 'allow-extension',
  external: [/^node:/, 'lmdb'],
  plugins: [readSourceMaps, bringEventEmitter],
  output: {
    ...output,
    chunkFileNames: '[name].js',
    manualChunks: { worker: ['dist/bare/lib/worker.js'], 'memory-store': ['dist/bare/lib/storage/memory-store.js'] },
  },
};

/** What a worker's watchdog runs shares nothing with them: it has to be loaded fast. */
const watchdog = {
  input: { 'watchdog-thread': 'dist/bare/lib/worker/watchdog-thread.js' },
  external: [/^node:/],
  plugins: [readSourceMaps],
  output,
};

/** Nor does the script of the process that checks a database. */
const lmdbCheck = {
  input: { 'lmdb-check': 'dist/bare/lib/lmdb/lmdb-check.js' },
  external: [/^node:/, 'lmdb'],
  plugins: [readSourceMaps],
  output,
};

export default [entries, watchdog, lmdbCheck];
