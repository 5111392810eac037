import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type AnyProtocol, ClusterPrimary, type WorkerRequestEvent } from '../../lib/index.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { type Seeded, seeded } from '../support/seeded.js';
import { failureOf } from '../support/with-deadline.js';

/** How likely an execution is the worker's last. */
const mortality = 0.3;

/** Decides, for each time a call is executed, whether the worker lives on, and remembers who executed it. */
class Norn extends ClusterPrimary {
  readonly executions = new Map<number, number[]>();
  /** For each call, which of its executions the worker survives. */
  fates: readonly (readonly boolean[])[] = [];

  _eventWorkerRequest_fate({ data: { message, worker } }: WorkerRequestEvent<AnyProtocol>): { survives: boolean } {
    const { call } = message;
    const workers = this.executions.get(call) ?? [];
    this.executions.set(call, [...workers, worker.id]);
    return { survives: this.fates[call]?.[workers.length] ?? true };
  }
}

const restart = { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } };
const open = () => new Norn({ workerScript: fixture('mortal'), workerCount: 4, restart }).ready;

function drawFates(random: Seeded, calls: number, tries: number): boolean[][] {
  return Array.from({ length: calls }, () => Array.from({ length: tries }, () => !random.chance(mortality)));
}

/** Drawn again when the dice alone doom more calls than may fail. */
function drawFairFates(random: Seeded, calls: number, tries: number): boolean[][] {
  const fates = drawFates(random, calls, tries);
  return doomed(fates).length <= calls * 0.02 ? fates : drawFairFates(random, calls, tries);
}

/** The calls that no try survives. */
function doomed(fates: readonly (readonly boolean[])[]): number[] {
  return fates.flatMap((tries, call) => (tries.includes(true) ? [] : [call]));
}

describe('retries (fault 14)', () => {
  leavesNothingBehind();

  it('let all calls succeed but those that kill every worker they may, and no process gets a call twice', async function () {
    this.timeout(120_000);
    const attempts = 3;
    const calls = 300;
    await seeded(async random => {
      await using primary = await open();
      primary.fates = drawFairFates(random, calls, attempts + 1);
      const failed: number[] = [];
      for (let call = 0; call < calls; call++) {
        const asked = primary.request({ message: { type: 'work', call }, retry: { attempts }, timeout: 20_000 });
        const outcome = await asked.catch((error: Error) => error);
        if (outcome !== call) failed.push(call);
        if (outcome !== call) expect(outcome).to.have.property('code', 'CLUSTER_WORKER_EXITED');
      }

      expect(failed).to.deep.equal(doomed(primary.fates));
      expect((calls - failed.length) / calls).to.be.at.least(0.98);
      for (const [call, workers] of primary.executions) {
        const tries = primary.fates[call]?.indexOf(true) ?? 0;
        expect(workers, `call ${call}`).to.have.lengthOf(tries === -1 ? attempts + 1 : tries + 1);
        expect(new Set(workers).size, `call ${call}`).to.equal(workers.length);
      }
    });
  });

  it('are made for nobody who does not ask for them: each call is executed once', async function () {
    this.timeout(120_000);
    const calls = 100;
    await seeded(async random => {
      await using primary = await open();
      primary.fates = drawFates(random, calls, 1);
      const failed: number[] = [];
      for (let call = 0; call < calls; call++) {
        const outcome = await primary.request({ message: { type: 'work', call } }).catch((error: Error) => error);
        if (outcome !== call) failed.push(call);
      }

      expect(failed).to.deep.equal(doomed(primary.fates));
      expect([...primary.executions.values()].map(({ length }) => length)).to.deep.equal(new Array(calls).fill(1));
    });
  });

  it('settle all calls at once, when many are made together', async function () {
    this.timeout(120_000);
    const calls = 200;
    await seeded(async random => {
      await using primary = await open();
      // Only a first execution kills, but it kills all the calls that are open there.
      primary.fates = drawFates(random, calls, 1);
      const replies = primary.fates.map((_, call) => {
        return primary.request({ message: { type: 'work', call }, retry: { attempts: 200 }, timeout: 60_000 });
      });

      expect(await Promise.all(replies)).to.deep.equal([...primary.fates.keys()]);
      for (const workers of primary.executions.values()) expect(new Set(workers).size).to.equal(workers.length);
    });
  });

  it('end when the cluster does', async () => {
    await using primary = await open();
    primary.fates = [[false, false, false, false, false, false]];
    const asked = failureOf(primary.request({ message: { type: 'work', call: 0 }, retry: { attempts: 1_000_000 } }));
    await primary.once('workerExit');
    await primary.shutDown();

    expect(await asked)
      .to.have.property('code')
      .that.is.oneOf(['CLUSTER_WORKER_EXITED', 'CLUSTER_SHUT_DOWN']);
  });
});
