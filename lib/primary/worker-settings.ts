import { WorkerScriptNotFoundError } from '../errors/errors.js';
import type { ResolvedPrimaryOptions } from './options.js';

/** Node's cluster settings with every key present: a key that is left out would keep another primary's value. */
export interface WorkerSettings {
  readonly exec: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly cwd: string | undefined;
  readonly silent: boolean;
  readonly stdio: ResolvedPrimaryOptions['workerStdio'];
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly windowsHide: boolean;
  readonly inspectPort: number | (() => number) | undefined;
  readonly serialization: 'json' | 'advanced';
}

/**
 * The settings of the processes of one group.
 *
 * @throws {@link WorkerScriptNotFoundError} with code `CLUSTER_WORKER_SCRIPT_NOT_FOUND`
 */
export function workerSettings(options: ResolvedPrimaryOptions): WorkerSettings {
  return Object.freeze({
    exec: options.workerScript === undefined ? (process.argv[1] ?? '') : scriptFile(options.workerScript),
    args: options.workerArgs ?? process.argv.slice(2),
    // The very array: only by its identity does Node know that it has to leave out what `node -e` ran.
    execArgv: options.workerExecArgv ?? process.execArgv,
    cwd: options.workerCwd,
    silent: options.workerSilent ?? false,
    stdio: isWatched(options) ? watchedStdio(options) : options.workerStdio,
    uid: options.workerUid,
    gid: options.workerGid,
    windowsHide: options.workerWindowsHide ?? false,
    inspectPort: options.workerInspectPort,
    serialization: options.serialization,
  });
}

/** The descriptor of a worker at whose other end the primary is, for its watchdog; `undefined` where there is none. */
export function watchdogDescriptor(options: ResolvedPrimaryOptions, { stdio }: WorkerSettings): number | undefined {
  return isWatched(options) && Array.isArray(stdio) ? stdio.length - 1 : undefined;
}

/**
 * Refuses to fork when there is nothing to run, as in `node -e`.
 *
 * @throws {@link WorkerScriptNotFoundError} with code `CLUSTER_WORKER_SCRIPT_NOT_FOUND`
 */
export function assertScript({ exec }: WorkerSettings): void {
  if (exec !== '') return;

  throw new WorkerScriptNotFoundError('This process runs no script: give a `workerScript`', { script: '' });
}

function isWatched({ watchdog, readyOn }: ResolvedPrimaryOptions): boolean {
  return watchdog && readyOn === 'hello';
}

/** What Node would make of the options by itself, and one descriptor more. */
function watchedStdio({ workerStdio, workerSilent }: ResolvedPrimaryOptions): WorkerSettings['stdio'] {
  const all = workerStdio ?? (workerSilent ? 'pipe' : 'inherit');
  const own = typeof all === 'string' ? [all, all, all, 'ipc'] : [...all];
  // Of the first three, Node opens those that are left out too.
  while (own.length < 3) own.push(undefined);
  return [...own, 'pipe'];
}

/**
 * The file of a script, found as the worker's `node` would, so that `node server` finds `server.js` here too.
 *
 * @throws {@link WorkerScriptNotFoundError} with code `CLUSTER_WORKER_SCRIPT_NOT_FOUND`
 */
export function scriptFile(script: URL | string): string {
  try {
    const { createRequire } = process.getBuiltinModule('node:module');
    return createRequire(import.meta.url).resolve(pathOf(script));
  } catch (cause) {
    const message = `There is no worker script at \`${script}\` (working directory: ${process.cwd()})`;
    throw new WorkerScriptNotFoundError(message, { script: String(script) }, { cause });
  }
}

function pathOf(script: URL | string): string {
  return script instanceof URL || script.startsWith('file:')
    ? process.getBuiltinModule('node:url').fileURLToPath(script)
    : process.getBuiltinModule('node:path').resolve(script);
}
