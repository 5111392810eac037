import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  type WorkerHandle,
  type WorkerMessageEvent,
  type WorkerRequestEvent,
} from '../../lib/index.js';
import { firstWorker } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { type Seeded, seeded } from '../support/seeded.js';
import { Sequence, type SequenceReport, sendNumbers } from '../support/sequence.js';
import { carryOut, type Item, Ledger, linesOf, planTraffic } from '../support/traffic.js';

type Message = WorkerMessageEvent<AnyProtocol>;
type Request = WorkerRequestEvent<AnyProtocol>;

const million = 1_000_000;
const allOfThem: SequenceReport = { count: million, surprises: [] };

/** Takes down all that comes from each worker. */
class PostOffice extends ClusterPrimary {
  readonly sequence = new Sequence();
  readonly #ledgers = new Map<WorkerHandle, Ledger>();

  ledger(worker: WorkerHandle): Ledger {
    const ledger = this.#ledgers.get(worker) ?? new Ledger();
    this.#ledgers.set(worker, ledger);
    return ledger;
  }

  _eventWorkerMessage_item({ data: { message, worker, handle } }: Message): void {
    this.ledger(worker).take('send', { message, handle });
  }

  _eventWorkerRequest_item({ data: { message, worker, handle } }: Request): Promise<string> {
    return this.ledger(worker).answer({ message, handle });
  }

  _eventWorkerMessage_number({ data: { message } }: Message): void {
    this.sequence.take(message.number);
  }
}

const open = (options: ClusterPrimaryOptions = {}) => {
  return new PostOffice({ workerScript: fixture('courier'), workerCount: 1, ...options }).ready;
};

describe('order', () => {
  leavesNothingBehind();

  for (const serialization of ['json', 'advanced'] as const) {
    it(`of messages, requests and handles of all sizes, both ways at once, is that of the calls, by ${serialization}`, async function () {
      this.timeout(120_000);
      await using primary = await open({ workerCount: 3, serialization });

      await seeded(async random => {
        for (let round = 0; round < 5; round++) {
          await Promise.all(primary.workers.map(worker => converse(primary, worker, random.branch())));
        }
      });
    });
  }

  it('of a million messages to a worker is that of the calls, and each comes once', async function () {
    this.timeout(90_000);
    await using primary = await open();
    const worker = firstWorker(primary);

    await sendNumbers(million, number => worker.send({ message: { type: 'number', number } }));

    expect(await worker.request({ message: { type: 'sequence' } })).to.deep.equal(allOfThem);
  });

  it('of a million messages from a worker is that of the calls, and each comes once', async function () {
    this.timeout(90_000);
    await using primary = await open();

    await primary.request({ message: { type: 'sendNumbers', count: million }, timeout: Number.POSITIVE_INFINITY });

    expect(primary.sequence.report).to.deep.equal(allOfThem);
  });
});

/** Sends and receives at once, then compares both ledgers with both plans. */
async function converse(primary: PostOffice, worker: WorkerHandle, random: Seeded): Promise<void> {
  const there = planTraffic(random, 200);
  const back = planTraffic(random, 200);

  await Promise.all([
    carryOut(there, worker),
    worker.request({ message: { type: 'carryOut', plan: back }, timeout: 60_000 }),
  ]);

  same(await worker.request({ message: { type: 'ledger' } }), there, `to ${worker.name}`);
  same(primary.ledger(worker).lines.splice(0), back, `from ${worker.name}`);
  expect(worker.pending).to.equal(0);
}

/** The whole ledgers would be a long read: only where they part counts. */
function same(ledger: readonly string[], plan: readonly Item[], what: string): void {
  const expected = linesOf(plan);
  const index = expected.findIndex((line, place) => line !== ledger[place]);
  if (index >= 0) expect(ledger.slice(index, index + 5), what).to.deep.equal(expected.slice(index, index + 5));
  expect(ledger.length, what).to.equal(expected.length);
}
