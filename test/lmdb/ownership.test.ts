import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { StorageFailedError } from '../../lib/errors/storage-errors.js';
import { Ownership } from '../../lib/lmdb/ownership.js';
import { scratch } from '../support/scratch.js';

describe('Ownership', () => {
  const fresh = scratch();
  let directory = '';
  let file = '';

  beforeEach(() => {
    directory = fresh();
    file = path.join(directory, 'owner.json');
    mkdirSync(directory);
  });

  const refused = () => expect(() => Ownership.claim(directory)).to.throw(StorageFailedError);

  it('leaves a file with the process in it, and nothing else, until it is released', () => {
    const ownership = Ownership.claim(directory);
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.include({ pid: process.pid });
    expect(readdirSync(directory)).to.deep.equal(['owner.json']);
    ownership.release();

    expect(readdirSync(directory)).to.deep.equal([]);
  });

  it('is given to one at a time, also in one process', () => {
    const ownership = Ownership.claim(directory);
    refused()
      .with.property('message')
      .that.equals(`This process has opened the data at ${directory} already; if that is not so, delete ${file}`);
    ownership.release();

    Ownership.claim(directory).release();
  });

  it('is not taken from another process that lives', () => {
    const { pid, started } = ownerOf(process.pid);
    writeFileSync(file, JSON.stringify({ pid, started }));
    refused();
    writeFileSync(file, JSON.stringify(ownerOf(process.ppid)));

    refused()
      .with.property('message')
      .that.matches(new RegExp(`^Process ${process.ppid} has opened`));
    expect(readdirSync(directory)).to.deep.equal(['owner.json']);
  });

  it('is taken from one that is dead', async () => {
    const child = spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' });
    const owner = ownerOf(child.pid as number);
    await once(child, 'exit');
    writeFileSync(file, JSON.stringify(owner));

    Ownership.claim(directory).release();
  });

  it('is taken from one that ended, and whose parent has not noticed yet', async () => {
    const shell = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [pid] = await once(shell.stdout, 'data');
    writeFileSync(file, JSON.stringify(ownerOf(Number(pid))));
    try {
      await ended(Number(pid));
      Ownership.claim(directory).release();
    } finally {
      shell.kill('SIGKILL');
      await once(shell, 'exit');
    }
  });

  it('is taken from one of the same id that was started at another time', () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'long ago' }));

    Ownership.claim(directory).release();
  });

  it('is taken if the file tells of nobody', () => {
    for (const text of ['', '{', 'null', '{"pid":"1"}', '{"pid":1.5}']) {
      writeFileSync(file, text);
      Ownership.claim(directory).release();
    }
    expect(readdirSync(directory)).to.deep.equal([]);
  });

  it("is released once: by then it may be somebody else's", () => {
    const first = Ownership.claim(directory);
    first.release();
    const second = Ownership.claim(directory);
    first.release();

    refused();
    second.release();
  });

  it('tells of a directory that is not there', () => {
    rmSync(directory, { recursive: true });

    expect(() => Ownership.claim(directory)).to.throw('ENOENT');
  });
});

/** What the file says when it is of this process. */
function ownerOf(pid: number): { pid: number; started: string | undefined } {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { pid, started: `${boot} ${status.slice(status.lastIndexOf(')') + 2).split(' ')[19]}` };
}

async function ended(pid: number): Promise<void> {
  while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise(resolve => setImmediate(resolve));
}
