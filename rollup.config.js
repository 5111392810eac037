/**
 * Puts the library into one file for those who install it: importing a hundred took half of a worker's start.
 *
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
  // A further entry point goes here too: what it shares with the others then becomes a chunk that all of them load.
  input: { index: 'dist/lib/index.js' },
  external: [/^node:/, 'eventemitter3'],
  plugins: [readSourceMaps],
  output: { dir: 'dist', format: 'es', sourcemap: true, sourcemapExcludeSources: true },
};
