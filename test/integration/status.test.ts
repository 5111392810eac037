import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type SlotStatus } from '../../lib/index.js';
import { firstWorker, forkOne, nextOf, pidOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Program } from '../support/program.js';
import { until } from '../support/with-deadline.js';

const workerScript = fixture('chef');
const open = (options: ClusterPrimaryOptions = {}) => {
  return new ClusterPrimary({ workerScript, workerSilent: true, ...options }).ready;
};

/** The slot of this name. */
function slotOf(primary: ClusterPrimary, name = 'default-0'): SlotStatus {
  const slots = primary.status().groups.flatMap(group => group.slots);
  const found = slots.find(slot => slot.name === name);
  if (found) return found;

  throw new Error(`There is no slot ${name} among ${slots.map(slot => slot.name)}`);
}

describe('the status of a cluster', () => {
  leavesNothingBehind();

  it('is that of its processes', async () => {
    await using primary = await open({ workerCount: 1, groups: { api: { workerCount: 2 } } });
    const { groups, totals, pid, uptime } = primary.status();

    expect(pid).to.equal(process.pid);
    expect(uptime).to.be.within(1, 60_000);
    expect(totals).to.include({ workerCount: 3, ready: 3, standbys: 0 });
    expect(groups.map(({ name, state, ready }) => [name, state, ready])).to.deep.equal([
      ['default', 'running', 1],
      ['api', 'running', 2],
    ]);
    const pids = groups.flatMap(({ slots }) => slots.map(slot => slot.pid));
    expect(pids).to.have.members(primary.workers.map(pidOf));
    expect(slotOf(primary, 'api-1')).to.include({ state: 'ready', generation: 1, restarts: 0, pending: 0 });
  });

  it('has what a worker says of itself', async () => {
    await using primary = await open({ workerCount: 1 });
    const told = nextOf(primary, 'workerStatus');
    void firstWorker(primary).send({ message: { type: 'status', status: 'BAKING\u001b[31m\n' } });
    await told;

    expect(slotOf(primary).status).to.equal('BAKING\u001b[31m\n');
    expect(primary.formatStatus()).to.include('BAKING\\u{1b}[31…').and.to.not.include('\u001b');
  });

  it('has the load of workers, once they were asked', async () => {
    await using primary = await open({ workerCount: 1 });
    await until(() => slotOf(primary).utilization !== undefined, 10_000, 'load');

    expect(slotOf(primary).utilization).to.be.within(0, 1);
  });

  it('has requests that are not answered yet', async () => {
    await using primary = await open({ workerCount: 1 });
    const reply = firstWorker(primary).request({ message: { type: 'echo', value: 'soup' } });
    expect(slotOf(primary).pending).to.equal(1);
    await reply;

    expect(slotOf(primary).pending).to.equal(0);
  });

  it('says what a worker left by, and when the next one is due', async () => {
    const backoff = { initial: 60_000, max: 60_000, jitter: 0 };
    await using primary = await open({ workerCount: 1, restart: { backoff } });
    const { pid } = firstWorker(primary);
    const again = nextOf(primary, 'workerReady');
    firstWorker(primary).kill('SIGKILL');
    const { worker } = await again;
    expect(slotOf(primary)).to.include({ state: 'ready', generation: 2, restarts: 1, pid: worker.pid });
    expect(slotOf(primary).pid).to.not.equal(pid);

    const gone = nextOf(primary, 'workerReplace');
    const before = Date.now();
    void worker.send({ message: { type: 'leave', way: 'exit', code: 7 } });
    await gone;
    await until(() => slotOf(primary).state === 'waiting', 5_000, 'waiting');
    const slot = slotOf(primary);

    expect(slot).to.include({ why: 'after crash (7)', restarts: 1 }).and.to.not.have.property('pid');
    expect(slot.lastExits.map(({ cause }) => cause)).to.deep.equal(['signal', 'crash']);
    expect(slot.next?.action).to.equal('restart');
    expect(slot.next?.at).to.be.within(before + 60_000, Date.now() + 60_000);
    expect(slot.since).to.be.within(before - 1, Date.now());
    expect(primary.formatStatus()).to.match(/ waiting .* crash \(7\) +restart \d+ s$/m);
    expect(JSON.parse(JSON.stringify(primary.status()))).to.have.nested.property('totals.ready', 0);
  });

  it('says why a worker stops, and what comes when it does not', async () => {
    await using primary = await open({ killTimeout: 100 });
    const worker = await forkOne(primary, { env: { CHEF_STOP: 'hang' } });
    const gone = worker.destroy({ timeout: 400 });

    expect(slotOf(primary)).to.include({ state: 'draining', why: 'destroyed' });
    expect(slotOf(primary).next).to.include({ action: 'terminate' });
    await until(() => slotOf(primary).state === 'stopping', 5_000, 'SIGTERM');
    expect(slotOf(primary).next).to.include({ action: 'kill' });
    await gone;

    expect(primary.status().groups[0]?.slots).to.deep.equal([]);
  });

  it('counts on over replacements, and when a slot is given up', async () => {
    await using primary = await open({ restart: { backoff: { initial: 0, max: 0 } } });
    let worker = await forkOne(primary, { name: 'anna' });
    for (let round = 1; round <= 3; round++) {
      const answered = nextOf(primary, 'workerMessage');
      void worker.send({ message: { type: 'repeat', count: 1 } });
      await answered;
      const replaced = nextOf(primary, 'workerReady');
      worker.kill('SIGKILL');
      ({ worker } = await replaced);
    }

    expect(slotOf(primary, 'anna').statistics).to.include({ forks: 4, exits: 3, failures: 3, restarts: 3 });
    expect(slotOf(primary, 'anna').statistics).to.include({ messagesReceived: 3 });
    await worker.destroy();
    expect(primary.statistics).to.include({ forks: 4, exits: 4, failures: 3, restarts: 3, messagesReceived: 3 });
    expect(primary.status().groups[0]?.statistics).to.deep.equal(primary.statistics);
  });

  it('can be had while listeners are told of an end', async () => {
    await using primary = await open({ workerCount: 1 });
    const seen: (string | undefined)[] = [];
    for (const name of ['removeWorker', 'workerDisconnect', 'workerExit', 'workerReplace', 'workerFork'] as const) {
      primary.before(name, () => void seen.push(primary.status().groups[0]?.slots[0]?.state));
    }
    const replaced = nextOf(primary, 'workerReady');
    firstWorker(primary).kill('SIGKILL');
    await replaced;

    expect(seen).to.have.lengthOf(5);
    expect(seen.slice(2)).to.deep.equal(['exited', 'waiting', 'starting']);
  });
});

describe('NODE_DEBUG=phased-cluster', () => {
  it('shows the steps of supervision on both sides, and no secret', async () => {
    process.env.NODE_DEBUG = 'phased-cluster';
    try {
      await using program = new Program('logged');
      const { code } = await program.ended();
      const steps = program.stderr.split('\n').map(line => line.replace(/^PHASED-CLUSTER \d+: /, ''));
      const ofPrimary = steps.filter(step => step.startsWith('ClusterPrimary ')).map(step => step.slice(15));

      expect(code).to.equal(0);
      expect(ofPrimary.filter(step => / anna \(1\)/.test(step)).map(step => step.split(' ')[0])).to.deep.equal([
        ...['workerFork', 'workerOnline', 'workerStatus', 'addWorker', 'workerReady'],
        ...['removeWorker', 'workerDisconnect', 'workerExit', 'workerReplace'],
      ]);
      expect(ofPrimary.at(-1)).to.equal('destroyComplete');
      expect(steps).to.include('anna (2) shutDown reason=shutDown');
      expect(program.stderr).to.include('"code":7').and.to.not.include('salt');
      expect(program.stderr).to.not.match(/Warning/);
    } finally {
      delete process.env.NODE_DEBUG;
    }
  });

  it('shows nothing unless it is asked for', async () => {
    await using program = new Program('logged');
    await program.ended();

    expect(program.stderr).to.equal('');
  });
});
