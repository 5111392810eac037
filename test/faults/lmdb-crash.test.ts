import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { openLmdb } from '../support/lmdb-files.js';
import { scratch } from '../support/scratch.js';
import { type Seeded, seeded } from '../support/seeded.js';
import { withDeadline } from '../support/with-deadline.js';

type Line = readonly [kind: string, path: string, number: number, version: number];

/** What a process that writes has told, until its end. */
class Writer {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #over: Promise<unknown>;
  #wanted = { lines: 0, reached: () => {} };

  constructor(child: ChildProcess) {
    this.#child = child;
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', line => {
      if (line.endsWith(']')) this.lines.push(JSON.parse(line));
      if (this.lines.length >= this.#wanted.lines) this.#wanted.reached();
    });
    this.#over = Promise.all([once(lines, 'close'), once(child, 'exit')]);
  }

  of(kind: string): readonly Line[] {
    return this.lines.filter(([each]) => each === kind);
  }

  /** Waits until it has told so much. */
  told(lines: number): Promise<void> {
    const reached = new Promise<void>(resolve => {
      this.#wanted = { lines, reached: resolve };
    });
    return withDeadline(reached, 30_000, `line ${lines}`);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  over(): Promise<unknown> {
    return withDeadline(this.#over, 30_000, 'end of the writer');
  }
}

function startWriter(...args: readonly (string | number | boolean)[]): Writer {
  const script = fileURLToPath(fixture('lmdb-writer'));
  return new Writer(spawn(process.execPath, [script, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] }));
}

/** What was asked for in all lives of a store, by its path. */
class History {
  readonly #asked = new Map<string, Set<number>>();
  readonly #done = new Map<string, Line>();
  #acknowledged = 0;
  version = 0;
  next = 0;

  add(writer: Writer): void {
    for (const [, path, number] of writer.of('ask')) {
      this.#asked.set(path, (this.#asked.get(path) ?? new Set()).add(number));
      this.next = Math.max(this.next, number + 1);
    }
    for (const line of writer.of('done')) {
      this.#done.set(line[1], line);
      this.#acknowledged++;
      this.version = Math.max(this.version, line[3] + 1);
    }
  }

  /** Every acknowledged write is there, or one after it; nothing is there that nobody asked for. */
  async check(directory: string): Promise<number> {
    const opened = await openLmdb(directory);
    for (const [path, [, , number, version]] of this.#done) {
      const entry = await opened.entry(path);
      expect(entry?.version, path).to.be.at.least(version);
      if (entry?.version === version) expect(entry.value, path).to.deep.equal({ number });
    }
    const { value, version } = await opened.snapshot();
    for (const [lane, keys] of Object.entries(
      (value.lanes ?? {}) as Record<string, Record<string, { number: number }>>,
    )) {
      for (const [key, { number }] of Object.entries(keys)) {
        expect(this.#asked.get(`lanes.${lane}.${key}`)?.has(number), `${lane} ${key} ${number}`).to.equal(true);
      }
    }
    expect(version).to.be.at.least(this.version);
    // Each write has counted, in the same transaction.
    expect(value.count ?? 0).to.be.within(this.#acknowledged, this.next);
    await opened.close();
    return version;
  }
}

async function crash(directory: string, history: History, random: Seeded): Promise<void> {
  const writer = startWriter(directory, history.next, random.chance(0.5));
  await writer.told(1);
  const [, before] = writer.lines[0] as unknown as [string, number];
  expect(before, 'version at the start').to.be.at.least(history.version);
  await writer.told(random.size(1, 5_000));
  writer.kill();
  await writer.over();
  history.add(writer);
}

describe('a process with an LmdbStore', function () {
  this.timeout(300_000);
  const fresh = scratch();
  leavesNothingBehind();

  it('loses no acknowledged write when it is killed, and makes none up, 20 times in a row', async () => {
    await seeded(async random => {
      const directory = fresh();
      const history = new History();
      for (let round = 0; round < 20; round++) {
        await crash(directory, history, random);
        history.version = await history.check(directory);
      }
    });
  });

  it('is sound when it is killed while it opens its data', async () => {
    await seeded(async random => {
      const directory = fresh();
      const history = new History();
      await crash(directory, history, random);
      for (let round = 0; round < 20; round++) {
        const writer = startWriter(directory, history.next);
        // Nothing is waited for: it is to be killed wherever it may be.
        await new Promise(resolve => setTimeout(resolve, random.integer(20, 400)));
        writer.kill();
        await writer.over();
        history.add(writer);
      }
      await history.check(directory);
    });
  });

  it('refuses a second process, and only as long as it lives', async () => {
    const directory = fresh();
    const writer = startWriter(directory);
    await writer.told(1);
    const error = await openLmdb(directory).catch((reason: Error & { code?: string }) => reason);
    writer.kill();
    await writer.over();

    expect(error).to.have.property('code', 'CLUSTER_STORAGE_FAILED');
    expect((error as Error).message).to.match(/^Process \d+ has opened the data at /);
    await (await openLmdb(directory)).close();
  });

  it('stops writing when the disk is full, and loses nothing that it acknowledged', async function () {
    if (process.platform !== 'linux') this.skip();
    const directory = fresh();
    const script = fileURLToPath(fixture('lmdb-writer'));
    // No file may be larger than so many blocks of 1,024 bytes.
    const limited = `ulimit -f 64; exec "${process.execPath}" "${script}" "${directory}" 0 false`;
    const writer = new Writer(spawn('bash', ['-c', limited], { stdio: ['ignore', 'pipe', 'ignore'] }));
    await writer.over();
    const history = new History();
    history.add(writer);

    expect(writer.lines.at(-1)?.[0]).to.equal('over');
    expect(writer.of('failed')).to.have.lengthOf(16);
    for (const [, , , message] of writer.of('failed')) expect(message).to.contain('could not be written');
    await history.check(directory);
  });
});
