import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type Serialization,
  type WorkerHandle,
  type WorkerRequestEvent,
} from '../../lib/index.js';
import { Deferred } from '../../lib/util/deferred.js';
import { advancedAttacks, attacks } from '../support/attacks.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { seeded } from '../support/seeded.js';
import { capturedWarnings } from '../support/warnings.js';
import { withDeadline } from '../support/with-deadline.js';

const names = (all: object) => Object.keys(all);

/** Counts what was refused, and warns of what is not, as any primary does. */
class Fortress extends ClusterPrimary {
  readonly violations = new Map<WorkerHandle, number>();
  readonly finished = new Deferred<void>();

  _eventWorkerMessage_known(): void {}

  _eventWorkerMessage_finished(): void {
    this.finished.resolve();
  }

  /** Sends back what it got. */
  _eventWorkerRequest_echo({ data: { message } }: WorkerRequestEvent<AnyProtocol>): unknown {
    return message.value;
  }

  _eventWorkerRequest_never(): Promise<never> {
    return new Promise(() => {});
  }

  protected override _eventChannelViolation({ data: { worker } }: { data: { worker: WorkerHandle } }): void {
    this.violations.set(worker, (this.violations.get(worker) ?? 0) + 1);
  }
}

const open = (serialization: Serialization) => {
  const workerScript = fixture('attacker');
  // No heartbeat: a worker that writes to its channel's descriptor must be alone there.
  const options = { serialization, drainTimeout: 200, killTimeout: 200, heartbeat: false } as const;
  return new Fortress({ workerScript, workerCount: 2, ...options }).ready;
};

for (const [serialization, list] of [
  ['json', names(attacks)],
  ['advanced', names({ ...attacks, ...advancedAttacks }).filter(name => !name.includes('100,000 deep'))],
] as const) {
  describe(`a primary that a worker attacks by ${serialization}`, () => {
    leavesNothingBehind();

    for (const name of list) {
      it(`with ${name} goes on as if nothing were`, async function () {
        this.timeout(120_000);
        await using primary = await open(serialization);
        const before = prototypes();
        let warnings: readonly { readonly message: string }[] = [];

        await seeded(async ({ seed }) => {
          warnings = await capturedWarnings(() => surviveAttack(primary, { name, seed }));
        });

        expect(prototypes()).to.equal(before);
        for (const { message } of warnings) expect(message.length).to.be.lessThan(20_000);
      });
    }
  });
}

async function surviveAttack(primary: Fortress, { name, seed }: { name: string; seed: number }): Promise<void> {
  const [hostile, honest] = primary.workers;
  if (!hostile || !honest) throw new Error('Two were forked');
  const over = new AbortController();
  const traffic = talk(honest, over.signal);
  const victims = Array.from({ length: 5 }, () => hostile.request({ message: { type: 'wait' } }).catch(() => {}));
  const waiting = honest.request({ message: { type: 'wait' }, timeout: 300_000 }).catch(error => error.code);

  await hostile.send({ message: { type: 'attack', name, seed } });
  await withDeadline(Promise.race([primary.finished.promise, hostile.exited]), 60_000, 'end of the attack');
  expect(hostile.isConnected()).to.equal(true);
  over.abort();

  expect(await traffic).to.be.greaterThan(0);
  expect(primary.violations.get(hostile)).to.be.greaterThan(0);
  expect(primary.violations.get(honest)).to.equal(undefined);
  expect(honest.pending).to.equal(1);
  expect(primary.workers).to.include(honest);
  await Promise.all([hostile.destroy({ timeout: 0 }), ...victims]);
  expect(await honest.request({ message: { type: 'echo', value: 'alive' } })).to.equal('alive');
  await honest.destroy({ timeout: 0 });
  expect(await waiting).to.equal('CLUSTER_WORKER_EXITED');
}

/** Asks another worker all the time; returns how often it was answered. */
async function talk(honest: WorkerHandle, over: AbortSignal): Promise<number> {
  let number = 0;
  do {
    const value = `answer ${number}`;
    expect(await honest.request({ message: { type: 'echo', value }, timeout: 5_000 })).to.equal(value);
    number++;
  } while (!over.aborted);
  return number;
}

/** What everything inherits. */
function prototypes(): string {
  return [Object, Array, Function, String, Number, Promise, Map, Error]
    .map(({ name, prototype }) => `${name}: ${Reflect.ownKeys(prototype).map(String)}`)
    .join('\n');
}
