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

const bundle = input => ({
  input,
  external: [/^node:/, 'eventemitter3'],
  plugins: [readSourceMaps],
  output: { dir: 'dist', format: 'es', sourcemap: true, sourcemapExcludeSources: true },
});

export default [
  // A further entry point goes here too: what it shares with the others then becomes a chunk that all of them load.
  bundle({ index: 'dist/lib/index.js' }),
  // What a worker's watchdog runs shares nothing with them: it has to be loaded fast.
  bundle({ 'watchdog-thread': 'dist/lib/worker/watchdog-thread.js' }),
];
