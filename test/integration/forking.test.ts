import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { firstWorker, forkOne, next, nextOf, pidOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone, isGone } from '../support/processes.js';
import { failureOf, withDeadline } from '../support/with-deadline.js';

const workerScript = fixture('chef');
const open = (options: ClusterPrimaryOptions = {}) => new ClusterPrimary({ workerScript, ...options }).ready;

describe('forking', () => {
  leavesNothingBehind();

  describe('the events of one worker', () => {
    it('come in this order, from the fork to the fork of its replacement', async () => {
      await using primary = await open();
      const seen = record(primary, [
        'fork',
        'workerFork',
        'workerOnline',
        'workerReady',
        'addWorker',
        'removeWorker',
        'workerDisconnect',
        'workerExit',
        'workerReplace',
      ]);

      const worker = await forkOne(primary);
      worker.kill('SIGKILL');
      await nextOf(primary, 'workerReady');

      expect(seen).to.deep.equal([
        ...['fork', 'workerFork', 'workerOnline', 'workerReady', 'addWorker'],
        ...['removeWorker', 'workerDisconnect', 'workerExit', 'workerReplace'],
        ...['fork', 'workerFork', 'workerOnline', 'workerReady', 'addWorker'],
      ]);
    });

    it('carry the worker in the state that they tell of', async () => {
      await using primary = await open();
      const states: string[] = [];
      for (const name of ['workerFork', 'workerOnline', 'workerReady', 'removeWorker', 'workerExit'] as const) {
        primary.on(name, ({ data: { worker } }) => void states.push(`${name} ${worker.state}`));
      }

      const worker = await forkOne(primary);
      await worker.destroy();

      expect(states).to.deep.equal([
        ...['workerFork starting', 'workerOnline online', 'workerReady ready'],
        ...['removeWorker draining', 'workerExit exited'],
      ]);
    });

    it('tell the status it begins with and the one it has when it is ready', async () => {
      await using primary = await open();
      const change = nextOf(primary, 'workerStatus');

      await primary.fork();

      expect(await change).to.include({ from: 'INITIALIZING', to: 'IDLE' });
    });

    it('tell a status that the worker sets', async () => {
      await using primary = await open({ workerCount: 1 });
      const change = nextOf(primary, 'workerStatus');

      await primary.send({ message: { type: 'status', status: 'BUSY' } });

      expect(await change).to.include({ from: 'IDLE', to: 'BUSY' });
      expect(firstWorker(primary).status).to.equal('BUSY');
    });
  });

  describe('identity', () => {
    it('is the same inside and outside', async () => {
      await using primary = await open({ workerCount: 2 });

      for (const worker of primary.workers) {
        const { id, name, group, slot } = worker;
        const inside = await worker.request({ message: { type: 'whoAreYou' } });
        expect(inside).to.deep.equal({
          ...{ id, name, group, slot, label: `${name} (${id})`, status: 'IDLE', current: true },
        });
      }
      expect(primary.workers.map(({ name }) => name)).to.have.members(['default-0', 'default-1']);
    });

    it('stands in the environment', async () => {
      await using primary = await open();

      const worker = await forkOne(primary, { name: 'soup', env: { POT: 'big' } });
      const { env } = await worker.request({ message: { type: 'process' } });

      expect(env).to.include({ CLUSTER_GROUP: 'default', CLUSTER_SLOT: '0', CLUSTER_NAME: 'soup', POT: 'big' });
    });

    it('cannot be changed by the environment that the caller gives', async () => {
      await using primary = await open({ workerEnv: { CLUSTER_NAME: 'forged' } });

      const worker = await forkOne(primary, { env: { CLUSTER_SLOT: '99' } });

      expect(await worker.request({ message: { type: 'whoAreYou' } })).to.include({ name: 'default-0', slot: 0 });
    });

    it('of a replacement is that of the slot, with a new id and the next generation', async () => {
      await using primary = await open({ workerCount: 1 });
      const first = firstWorker(primary);

      first.kill('SIGKILL');
      const { worker: second } = await nextOf(primary, 'workerReady');

      expect(second).to.include({ name: first.name, slot: first.slot, group: first.group, generation: 2 });
      expect(second.id).to.be.greaterThan(first.id);
    });
  });

  describe('options of fork()', () => {
    it('stay with the slot when its worker is replaced', async () => {
      await using primary = await open({ workerEnv: { POT: 'small' }, workerArgs: ['--default'] });
      const first = await forkOne(primary, { name: 'soup', env: { POT: 'big' }, args: ['--hot', 'very'] });

      first.kill('SIGKILL');
      const { worker } = await nextOf(primary, 'workerReady');

      const { argv, env } = await worker.request({ message: { type: 'process' } });
      expect(argv.slice(2)).to.deep.equal(['--hot', 'very']);
      expect(env).to.include({ POT: 'big', CLUSTER_NAME: 'soup' });
    });

    it('add to the environment of the cluster, and remove from it', async () => {
      process.env.POT_LID = 'inherited';
      try {
        await using primary = await open({ workerEnv: { POT: 'small', POT_LID: undefined } });
        const worker = await forkOne(primary, { env: { SPOON: 'one' } });

        const { env } = await worker.request({ message: { type: 'process' } });

        expect(env).to.include({ POT: 'small', SPOON: 'one' }).and.not.to.have.property('POT_LID');
      } finally {
        delete process.env.POT_LID;
      }
    });

    it('refuse a name that is taken', async () => {
      await using primary = await open();
      await primary.fork({ name: 'soup' });

      expect((await failureOf(primary.fork({ name: 'soup' }))).code).to.equal('CLUSTER_WORKER_NAME');
    });

    it('let a policy of its own decide about its replacement', async () => {
      await using primary = await open();
      const worker = await forkOne(primary, { restart: { policy: 'temporary' } });
      const replaced = record(primary, ['workerReplace']);

      worker.kill('SIGKILL');
      await worker.exited;

      expect(replaced).to.deep.equal([]);
      expect(primary.workers).to.deep.equal([]);
    });

    it('fork several at once', async () => {
      await using primary = await open();

      const workers = await primary.fork({ workerCount: 3 });

      expect(new Set(workers.map(({ pid }) => pid)).size).to.equal(3);
      expect(primary.workers).to.have.members(workers);
    });
  });

  describe('a worker that cannot start', () => {
    for (const [step, exitCode] of [
      ['initialize', 3],
      ['activate', 3],
      ['event', 0],
    ] as const) {
      it(`rejects ready when it ends itself at ${step}, though its initialization goes on`, async () => {
        const primary = new ClusterPrimary({
          ...{ workerCount: 1, workerScript: fixture('quitter'), workerEnv: { QUIT: step } },
        });
        const readies = record(primary, ['workerReady']);

        const error = await withDeadline(failureOf(primary.ready), 5_000, 'rejection');

        expect(error).to.include({ name: 'WorkerBootError' });
        expect(error).to.have.nested.property('details.exitCode', exitCode);
        expect(readies).to.deep.equal([]);
      });
    }

    it('rejects ready with what its _initialize threw', async () => {
      const error = await failureOf(open({ workerCount: 2, workerEnv: { CHEF_START: 'throw' } }));

      expect(error).to.include({ name: 'WorkerBootError', code: 'CLUSTER_WORKER_BOOT' });
      expect(error.cause).to.include({ name: 'RemoteError', message: 'no gas' });
      expect(error.cause).to.have.nested.property('details.remoteCode', 'E_NO_GAS');
    });

    it('rejects ready within a second, and says which port was in use', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise(resolve => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      const primary = new ClusterPrimary({
        ...{ workerCount: 2, workerScript, workerEnv: { CHEF_START: 'listen', CHEF_PORT: String(port) } },
      });
      const exited = next(primary, 'workerExit');
      const forks = record(primary, ['workerFork']);

      const failure = failureOf(primary.ready);
      await exited;
      const error = await withDeadline(failure, 1_000, 'rejection after the first exit');

      expect(error.cause).to.have.nested.property('details.remoteCode', 'EADDRINUSE');
      expect(forks).to.have.length(2);
      await new Promise(resolve => server.close(resolve));
    });

    it('rejects ready when its script throws before it makes a worker', async () => {
      const error = await failureOf(open({ workerCount: 1, workerScript: fixture('broken'), workerSilent: true }));

      expect(error).to.have.nested.property('details.exitCode', 1);
    });

    it('rejects ready when its process exits', async () => {
      const error = await failureOf(open({ workerCount: 1, workerEnv: { CHEF_START: 'exit' } }));

      expect(error).to.have.nested.property('details.exitCode', 3);
    });

    it('rejects ready before any fork when there is no such script', async () => {
      const primary = new ClusterPrimary({ workerCount: 1, workerScript: './no-such-file.js' });
      const forks = record(primary, ['workerFork']);

      expect(await failureOf(primary.ready)).to.include({ code: 'CLUSTER_WORKER_SCRIPT_NOT_FOUND' });
      expect(forks).to.deep.equal([]);
    });

    it('is killed when it is not ready in time', async () => {
      const primary = new ClusterPrimary({
        ...{ workerCount: 1, workerScript, readyTimeout: 300, workerEnv: { CHEF_START: 'hang' } },
      });
      const exit = nextOf(primary, 'workerExit');

      const error = await failureOf(primary.ready);

      expect(error.message).to.contain('not ready in time');
      expect((await exit).exit).to.include({ cause: 'bootTimeout', signal: 'SIGKILL', expected: false });
    });

    it('rejects ready when its working directory does not exist', async () => {
      const error = await failureOf(open({ workerCount: 1, workerCwd: '/no/such/directory' }));

      expect(error).to.include({ code: 'CLUSTER_WORKER_BOOT' });
      expect(String(error.cause)).to.contain('ENOENT');
    });

    it('gives its slot up, so that its name is free again', async () => {
      await using primary = await open();

      await failureOf(primary.fork({ name: 'soup', env: { CHEF_START: 'throw' } }));
      const worker = await forkOne(primary, { name: 'soup' });

      expect(worker.name).to.equal('soup');
    });

    it('takes those down that could start', async () => {
      const primary = new ClusterPrimary({ workerScript, workerCount: 2 });
      const forked = next(primary, 'workerFork', 2);
      primary.on('workerReady', () => void primary.fork({ env: { CHEF_START: 'throw' } }).catch(() => {}));
      await primary.ready;
      await primary.destroy();

      expect((await forked).every(({ worker }) => isGone(pidOf(worker)))).to.equal(true);
    });
  });

  describe('prevention', () => {
    it('of fork rejects it, and forks nothing', async () => {
      await using primary = await open();
      const forks = record(primary, ['workerFork']);
      primary.before('fork', event => void event.prevent());

      expect(await failureOf(primary.fork({ name: 'soup' }))).to.include({ code: 'CLUSTER_PREVENTED' });
      expect(forks).to.deep.equal([]);
    });

    it('of setup rejects ready', async () => {
      const primary = new ClusterPrimary({ workerScript });
      primary.before('setup', event => void event.prevent());

      expect(await failureOf(primary.ready)).to.include({ code: 'CLUSTER_PREVENTED' });
    });

    it('of shutDown rejects it, and the workers go on', async () => {
      await using primary = await open({ workerCount: 1 });
      primary.onceBefore('shutDown', event => void event.prevent());

      expect(await failureOf(primary.shutDown())).to.include({ code: 'CLUSTER_PREVENTED' });
      expect(await primary.request({ message: { type: 'echo', value: 1 } })).to.equal(1);
    });

    it('of workerReplace leaves the slot empty and free', async () => {
      await using primary = await open();
      const first = await forkOne(primary, { name: 'soup' });
      primary.onceBefore('workerReplace', event => void event.prevent());
      const forks = record(primary, ['workerFork']);

      first.kill('SIGKILL');
      await first.exited;

      expect(forks).to.deep.equal([]);
      expect((await primary.fork({ name: 'soup' }))[0]?.generation).to.equal(1);
    });

    it('of the fork of a replacement gives it up too', async () => {
      await using primary = await open({ workerCount: 1 });
      const worker = firstWorker(primary);
      primary.onceBefore('fork', event => void event.prevent());

      worker.kill('SIGKILL');
      await worker.exited;

      expect(primary.workerById).to.deep.equal({});
    });
  });

  it('is refused after shutDown()', async () => {
    await using primary = await open({ workerCount: 1 });
    const pid = pidOf(firstWorker(primary));

    const down = primary.shutDown();

    expect(await failureOf(primary.fork())).to.include({ code: 'CLUSTER_SHUT_DOWN' });
    await down;
    await gone(pid, 0);
    expect(await failureOf(primary.fork())).to.include({ code: 'CLUSTER_SHUT_DOWN' });
  });
});
