import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { firstWorker } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { failureOf, withDeadline } from '../support/with-deadline.js';

/** Hears what its workers say, and makes nothing of it. */
class Listener extends ClusterPrimary {
  _eventWorkerMessage_simmering(): void {}
}

const open = (options: ClusterPrimaryOptions = {}) => {
  return new Listener({ workerScript: fixture('chef'), workerCount: 1, ...options }).ready;
};
const inside = (primary: ClusterPrimary) => primary.request({ message: { type: 'process' } });
const simmer = { message: { type: 'simmer', time: 1 } };

describe('settings of the workers', () => {
  leavesNothingBehind();

  it('workerArgs are its arguments', async () => {
    await using primary = await open({ workerArgs: ['--fast', 'soup'] });

    expect((await inside(primary)).argv.slice(2)).to.deep.equal(['--fast', 'soup']);
  });

  it('workerExecArgv are the arguments of its Node', async () => {
    await using primary = await open({ workerExecArgv: ['--title=soup', '--stack-trace-limit=3'] });

    expect((await inside(primary)).execArgv).to.deep.equal(['--title=soup', '--stack-trace-limit=3']);
  });

  it('workerCwd is its working directory', async () => {
    await using primary = await open({ workerCwd: tmpdir() });

    expect((await inside(primary)).cwd).to.equal(realpathSync(tmpdir()));
  });

  it('workerSilent brings its output to the primary', async () => {
    await using primary = await open({ workerSilent: true });
    const line = firstLine(firstWorker(primary));

    await primary.send(simmer);

    expect(await line).to.contain(`simmered ${firstWorker(primary).pid}`);
  });

  it('workerStdio may send its output to a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'phased-cluster-'));
    const file = join(directory, 'output');
    const descriptor = openSync(file, 'w');
    try {
      await using primary = await open({ workerStdio: ['ignore', descriptor, 'inherit', 'ipc'] });
      await primary.send(simmer);
      await primary.destroy();

      expect(readFileSync(file, 'utf8')).to.contain('simmered');
    } finally {
      closeSync(descriptor);
      rmSync(directory, { recursive: true });
    }
  });

  it('workerStdio may pipe a descriptor of its own', async () => {
    await using primary = await open({ workerStdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'] });

    // One more is the watchdog's.
    expect(firstWorker(primary).process.stdio).to.have.length(6);
    expect(firstWorker(primary).process.stdio[4]).to.have.property('write');
  });

  it('workerWindowsHide is accepted everywhere', async () => {
    await using primary = await open({ workerWindowsHide: true });

    expect(firstWorker(primary).state).to.equal('ready');
  });

  it('workerInspectPort is the port of its inspector', async () => {
    const port = 0;
    await using primary = await open({ workerExecArgv: ['--inspect'], workerInspectPort: port, workerSilent: true });

    expect((await inside(primary)).execArgv).to.include('--inspect-port=0');
  });

  it('workerInspectPort may be a function, called for each worker', async () => {
    let calls = 0;
    const workerInspectPort = () => {
      calls++;
      return 0;
    };
    await using _ = await open({
      workerExecArgv: ['--inspect'],
      workerInspectPort,
      workerSilent: true,
      workerCount: 2,
    });

    expect(calls).to.equal(2);
  });

  it('serialization is how both sides encode', async () => {
    await using primary = await open({ serialization: 'advanced' });

    const value = { date: new Date(0), map: new Map([['a', 1n]]) };

    expect(await primary.request({ message: { type: 'echo', value } })).to.deep.equal(value);
  });

  it('workerUid and workerGid are whose its process is', async function () {
    const workerUid = 65_534;
    if (process.getuid?.() !== 0 || !mayRun(workerUid)) this.skip();
    await using primary = await open({ workerUid, workerGid: workerUid, workerCwd: '/' });

    expect(await inside(primary)).to.include({ uid: workerUid, gid: workerUid });
  });

  it('workerUid of somebody else is an error for those who may not', async function () {
    if (process.getuid?.() === 0) this.skip();

    expect(await failureOf(open({ workerUid: 0 }))).to.include({ code: 'CLUSTER_WORKER_BOOT' });
  });

  it('workerScript may be a URL, its text, or a path', async () => {
    const url = fixture('chef');
    for (const workerScript of [url, url.href, url.pathname]) {
      await using primary = await open({ workerScript });
      expect((await inside(primary)).argv[1]).to.equal(url.pathname);
    }
  });

  it('are told by the event `setup`, frozen', async () => {
    const primary = new ClusterPrimary({ workerScript: fixture('chef'), workerArgs: ['x'] });
    const setup = primary.once('setup');
    await using _ = await primary.ready;

    const { settings } = (await setup).data;

    expect(settings).to.deep.include({ exec: fixture('chef').pathname, args: ['x'], serialization: 'json' });
    expect(Object.isFrozen(settings)).to.equal(true);
  });
});

/** Whether this user may run this very Node with these files, which can lie where only their owner may look. */
function mayRun(uid: number): boolean {
  const identity = { uid, gid: uid, cwd: '/' };
  return spawnSync(process.execPath, ['--check', fixture('chef').pathname], identity).status === 0;
}

function firstLine(worker: WorkerHandle): Promise<string> {
  const output = worker.process.stdout as Readable;
  return withDeadline(new Promise(resolve => output.once('data', chunk => resolve(String(chunk)))), 5_000, 'output');
}
