import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker as JestWorker } from 'jest-worker';
import { Piscina } from 'piscina';
import { FixedClusterPool, FixedThreadPool, PoolEvents } from 'poolifier';
import workerpool from 'workerpool';
import { OurPrimary } from './our-primary.js';
import { askInLanes } from './pace.js';
import { RawPrimary } from './raw-primary.js';
import { makeOrder, type Order } from './traffic.js';

/** A pool whose workers are there. */
export interface RunningPool {
  /** Gives so many tasks, and gets as many answers. */
  ask(times: number, inFlight: number): Promise<void>;
  close(): Promise<unknown>;
}

/** A pool of two workers that answer with what they are given. */
export interface Pool {
  readonly title: string;
  /** What its workers are, where the pool is from npm. */
  readonly kind?: 'processes' | 'threads';
  readonly open: () => Promise<RunningPool>;
}

const size = 2;

/** The title of this library's. */
export const ourTitle = 'phased-cluster';

/** All of them; raw comes first, since the others are compared with it. */
export const pools: readonly Pool[] = [
  { title: 'raw node:cluster', open: async () => closable(await RawPrimary.open(size)) },
  { title: 'raw node:cluster, advanced', open: async () => closable(await RawPrimary.open(size, 'advanced')) },
  { title: ourTitle, open: async () => closable(await new OurPrimary(size).ready) },
  { title: named('poolifier', 'cluster'), kind: 'processes', open: openPoolifierCluster },
  { title: named('poolifier', 'threads'), kind: 'threads', open: openPoolifierThreads },
  { title: named('workerpool', 'processes'), kind: 'processes', open: () => openWorkerpool('process') },
  { title: named('workerpool', 'threads'), kind: 'threads', open: () => openWorkerpool('thread') },
  { title: named('jest-worker', 'processes'), kind: 'processes', open: () => openJestWorker(false) },
  { title: named('jest-worker', 'threads'), kind: 'threads', open: () => openJestWorker(true) },
  { title: named('piscina', 'threads'), kind: 'threads', open: openPiscina },
];

function closable(primary: RawPrimary | OurPrimary): RunningPool {
  return {
    ask: (times, inFlight) => primary.askInTurn(times, inFlight),
    close: () => primary.destroy(),
  };
}

async function openPoolifierCluster(): Promise<RunningPool> {
  // Node keeps the settings of the last fork, where they are not said.
  const settings = { args: [], serialization: 'json' } as const;
  const pool = new FixedClusterPool<Order, Order>(size, script('poolifier-process.cjs'), { settings });
  await new Promise(resolve => pool.emitter?.once(PoolEvents.ready, resolve));
  return { ask: asking(order => pool.execute(order)), close: () => pool.destroy() };
}

async function openPoolifierThreads(): Promise<RunningPool> {
  const pool = new FixedThreadPool<Order, Order>(size, script('poolifier-thread.js'));
  await new Promise(resolve => pool.emitter?.once(PoolEvents.ready, resolve));
  return { ask: asking(order => pool.execute(order)), close: () => pool.destroy() };
}

async function openWorkerpool(workerType: 'process' | 'thread'): Promise<RunningPool> {
  const pool = workerpool.pool(script('workerpool-worker.js'), { minWorkers: size, maxWorkers: size, workerType });
  return {
    // Its promises are its own, with other types.
    ask: asking(async order => await pool.exec('echo', [order])),
    close: async () => await pool.terminate(),
  };
}

async function openJestWorker(enableWorkerThreads: boolean): Promise<RunningPool> {
  const options = { numWorkers: size, enableWorkerThreads, exposedMethods: ['echo'] } as const;
  const pool = new JestWorker(script('jest-worker-worker.js'), options) as JestWorker & {
    echo(order: Order): Promise<Order>;
  };
  return { ask: asking(order => pool.echo(order)), close: () => pool.end() };
}

async function openPiscina(): Promise<RunningPool> {
  const pool = new Piscina({ filename: script('piscina-worker.js'), minThreads: size, maxThreads: size });
  return { ask: asking(order => pool.run(order)), close: () => pool.destroy() };
}

function asking(run: (order: Order) => Promise<unknown>): RunningPool['ask'] {
  return (times, inFlight) => askInLanes(times, inFlight, number => run(makeOrder('echo', number)));
}

function script(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

/** With the version that is installed. */
function named(name: string, kind: string): string {
  const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8'));
  return `${name} ${version} (${kind})`;
}
