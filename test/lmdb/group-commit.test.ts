import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { GroupCommit } from '../../lib/lmdb/group-commit.js';
import type { Step } from '../../lib/lmdb/record.js';
import { Deferred } from '../../lib/util/deferred.js';
import { rejection } from '../support/thrown.js';
import { uncaught } from '../support/uncaught.js';

function step(name: string): Step {
  return { key: Buffer.from(name), bytes: undefined };
}

/** A disk that writes when it is told to. */
class Disk {
  readonly written: string[] = [];
  #writing: Deferred<void> | undefined;

  write(steps: readonly Step[]): Promise<void> {
    expect(this.#writing, 'one at a time').to.equal(undefined);
    this.written.push(steps.map(({ key }) => key.toString()).join(' '));
    this.#writing = new Deferred<void>();
    return this.#writing.promise;
  }

  async done(error?: Error): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    if (error) writing?.reject(error);
    else writing?.resolve();
    await turn();
  }
}

/** Until everything is done that follows without waiting. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

describe('GroupCommit', () => {
  let disk: Disk;
  let told: string[];
  let groups: GroupCommit;
  const add = (name: string) => groups.add([step(name)], () => told.push(name));

  beforeEach(() => {
    disk = new Disk();
    told = [];
    groups = new GroupCommit({
      write: steps => disk.write(steps),
      lastStep: () => step('!'),
      failure: cause => new Error('failed', { cause }),
    });
  });

  it('writes together what comes in one turn', async () => {
    add('a');
    add('b');
    expect(disk.written).to.deep.equal([]);
    await turn();

    expect(disk.written).to.deep.equal(['a b !']);
  });

  it('writes together what comes while it writes, and one group after another', async () => {
    add('a');
    await turn();
    add('b');
    await turn();
    add('c');
    await turn();
    expect(disk.written).to.deep.equal(['a !']);
    await disk.done();

    expect(disk.written).to.deep.equal(['a !', 'b c !']);
  });

  it('tells of what is durable, in order, before anybody goes on', async () => {
    add('a');
    const first = groups.settled().then(() => told.push('first settled'));
    await turn();
    add('b');
    await disk.done();
    await first;
    expect(told).to.deep.equal(['a', 'first settled']);
    await disk.done();

    expect(told).to.deep.equal(['a', 'first settled', 'b']);
  });

  it('is settled when everything is durable', async () => {
    expect(groups.isSettled).to.equal(true);
    await groups.settled();
    add('a');
    expect(groups.isSettled).to.equal(false);
    await turn();
    expect(groups.isSettled).to.equal(false);
    add('b');
    await disk.done();
    expect(groups.isSettled).to.equal(false);
    await disk.done();

    expect(groups.isSettled).to.equal(true);
  });

  it('writes what is added by those who are told, in the next group', async () => {
    groups.add([step('a')], () => add('b'));
    await turn();
    await disk.done();

    expect(disk.written).to.deep.equal(['a !', 'b !']);
    await disk.done();
    expect(told).to.deep.equal(['b']);
  });

  it('writes a group of nothing but the last step', async () => {
    groups.add([]);
    await turn();

    expect(disk.written).to.deep.equal(['!']);
  });

  it('writes nothing more after a failure, and tells nobody', async () => {
    add('a');
    const first = rejection(groups.settled());
    await turn();
    add('b');
    const second = rejection(groups.settled());
    await disk.done(new Error('disk full'));
    add('c');
    await turn();

    expect(disk.written).to.deep.equal(['a !']);
    expect(told).to.deep.equal([]);
    expect(await first).to.equal(groups.failure);
    expect(await second).to.equal(groups.failure);
    expect(await rejection(groups.settled())).to.equal(groups.failure);
    expect(groups.failure?.cause).to.have.property('message', 'disk full');
  });

  it('fails at the first error only: an error of those who are told is theirs', async () => {
    const bug = new Error('bug');
    const seen = await uncaught(async () => {
      groups.add([step('a')], () => {
        throw bug;
      });
      add('b');
      await turn();
      await disk.done();
    });

    expect(seen).to.deep.equal([bug]);
    expect(told).to.deep.equal(['b']);
    expect(groups.failure).to.equal(undefined);
  });
});
