import cluster, { type Worker } from 'node:cluster';

/** How processes of plain `node:cluster` encode what they say. */
export type RawSerialization = 'json' | 'advanced';

/** Forks; every setting is set anew, since Node keeps those of the last fork. */
export function forkRaw(script: URL, serialization: RawSerialization = 'json'): Worker {
  cluster.setupPrimary({ exec: script.pathname, args: [], serialization });
  return cluster.fork();
}
