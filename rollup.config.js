/**
 * Puts the library into one file for those who install it: importing a hundred took half of a worker's start.
 *
 * What is put together is without comments, since every worker reads it before it is there.
 * Tests import the files in dist/lib, so that coverage tells them apart; no process may load both.
 */
import { readFile } from 'node:fs/promises';

/** Lets the source map of the bundle lead back to TypeScript. */
const readSourceMaps = {
  name: 'read-source-maps',
  async load(file) {
    const [code, map] = await Promise.all([readFile(file, 'utf8'), readFile(`${file}.map`, 'utf8')]);
    return { code, map: JSON.parse(map) };
  },
};

export default {
  input: { index: 'dist/bare/lib/index.js', worker: 'dist/bare/lib/worker.js' },
  // What both need stands in worker.js, and index.js imports it from there: a third file would cost a worker time.
  preserveEntrySignatures: 'allow-extension',
  external: [/^node:/, 'eventemitter3'],
  plugins: [readSourceMaps],
  output: {
    dir: 'dist',
    format: 'es',
    sourcemap: true,
    sourcemapExcludeSources: true,
    manualChunks: { worker: ['dist/bare/lib/worker.js'] },
  },
};
