import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What a process does with shared storage; `death` is what somebody else knows of its end. */
export type OperationName =
  | 'get'
  | 'entry'
  | 'peek'
  | 'set'
  | 'create'
  | 'increment'
  | 'update'
  | 'delete'
  | 'transaction'
  | 'lock'
  | 'unlock'
  | 'watch'
  | 'death';

/** A step of a transaction, as its caller asks for it. */
export interface TransactionStep {
  readonly type: 'set' | 'create' | 'increment' | 'delete' | 'check';
  readonly path: string;
  readonly value?: unknown;
  readonly by?: number | undefined;
  readonly ifVersion?: number | undefined;
}

/** What is known of an operation, when it begins and when it ends. */
export interface Facts {
  /** Where; the name of a lock; what a change that is watched changed. */
  readonly path?: string | undefined;
  /** What is to be written; what was read; the sum; whether there was something to delete. `undefined` for nothing. */
  readonly value?: unknown;
  /** What is to be added. */
  readonly by?: number | undefined;
  /** The number of the write, or of what was read. */
  readonly version?: number | undefined;
  /** Under which version of the path it is to be written; after which version a watch is to begin. */
  readonly expected?: number | undefined;
  /** What an update was made from. */
  readonly previous?: unknown;
  /** Of a lock. */
  readonly token?: number | undefined;
  /** Of a lock: milliseconds until it is taken away. */
  readonly ttl?: number | undefined;
  readonly steps?: readonly TransactionStep[] | undefined;
  readonly results?: readonly (number | boolean)[] | undefined;
  /** What a watch saw. */
  readonly change?: 'initial' | 'set' | 'delete' | 'expire' | undefined;
  /** Why it failed, or why nobody knows. */
  readonly error?: string | undefined;
}

/** The beginning or the end of an operation. A watch has one beginning, and an `ok` for each change. */
export interface HistoryEvent extends Facts {
  /** Of its own for every life of a worker. */
  readonly process: string;
  /** Which operation of the process. */
  readonly index: number;
  /** `fail`: it did not happen; `unknown`: it may have happened, or may happen yet. */
  readonly type: 'invoke' | 'ok' | 'fail' | 'unknown';
  readonly op: OperationName;
  /** Nanoseconds of the machine's monotonic clock, which all its processes share. */
  readonly time: number;
}

/** Errors after which an operation has certainly not happened. */
const definite = new Set(
  ['CONFLICT', 'TYPE', 'VALUE', 'LIMIT', 'DENIED', 'PATH']
    .map(name => `CLUSTER_STORAGE_${name}`)
    .concat('CLUSTER_PREVENTED'),
);

/** Whether something that failed like this may have happened all the same. */
export function outcomeOf(error: unknown): 'fail' | 'unknown' {
  return definite.has(String((error as { readonly code?: unknown } | undefined)?.code)) ? 'fail' : 'unknown';
}

/** Writes what a process does into a file, each event before the process goes on: it outlives a SIGKILL. */
export class HistoryRecorder {
  readonly process: string;
  readonly #file: number;
  #next = 0;

  constructor(file: string, process: string) {
    this.process = process;
    this.#file = openSync(file, 'a');
  }

  /** Notes that an operation begins. @returns its number */
  invoke(op: OperationName, facts: Facts = {}): number {
    const index = this.#next++;
    this.note(index, 'invoke', { op, ...facts });
    return index;
  }

  note(index: number, type: HistoryEvent['type'], facts: Facts & { readonly op: OperationName }): void {
    this.#write({ process: this.process, index, type, time: now(), ...facts });
  }

  /** Notes that another process is killed right now. */
  death(victim: string): void {
    this.#write({ process: victim, index: -1, type: 'ok', op: 'death', time: now() });
  }

  /** Notes an operation from its beginning to its end; rejects as it does. */
  async record<T>(op: OperationName, facts: Facts, run: () => Promise<T> | T, tell: (result: T) => Facts): Promise<T> {
    const index = this.invoke(op, facts);
    try {
      const result = await run();
      this.note(index, 'ok', { op, ...tell(result) });
      return result;
    } catch (error) {
      this.note(index, outcomeOf(error), { op, error: String(error) });
      throw error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(event: HistoryEvent): void {
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
  }
}

function now(): number {
  return Number(process.hrtime.bigint());
}

/** The events of several files in the order in which they happened. */
export function readHistory(files: readonly string[]): HistoryEvent[] {
  const events = files.flatMap(file => parseHistory(readFileSync(file, 'utf8'), file));
  return events.sort((one, other) => one.time - other.time);
}

/**
 * The events of one file. Its last line may be torn, if it has no end.
 *
 * @throws Error if any other line is no event
 */
export function parseHistory(text: string, name = 'history'): HistoryEvent[] {
  const lines = text.split('\n');
  const torn = lines.pop() ?? '';
  const events = lines.map((line, at) => {
    const event = parseEvent(line);
    if (!event) throw new Error(`Line ${at + 1} of ${name} is no event: ${line}`);
    return event;
  });
  const last = parseEvent(torn);
  return last ? [...events, last] : events;
}

function parseEvent(line: string): HistoryEvent | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event?.process === 'string' && typeof event.time === 'number' ? event : undefined;
  } catch {
    return undefined;
  }
}
