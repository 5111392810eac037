import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the workers of the fixture `web` have noted, by process. */
export class WebNotes {
  readonly folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
  }

  /** The ids of all requests that a worker has got. */
  get requests(): ReadonlySet<string> {
    const pids = readdirSync(this.folder);
    return new Set(pids.flatMap(pid => this.#read(pid, 'r')));
  }

  /** The ports of all clients whose connections any worker has accepted. */
  get clients(): ReadonlySet<number> {
    const pids = readdirSync(this.folder);
    return new Set(pids.flatMap(pid => this.#read(pid, 'c').map(Number)));
  }

  /** The ports of the clients whose connections this worker has accepted. */
  connections(pid: number): ReadonlySet<number> {
    return new Set(this.#read(`${pid}`, 'c').map(Number));
  }

  #read(pid: string, kind: 'c' | 'r'): string[] {
    const lines = readFileSync(path.join(this.folder, pid), 'utf8').split('\n');
    return lines.filter(line => line.startsWith(`${kind} `)).map(line => line.slice(2));
  }
}
