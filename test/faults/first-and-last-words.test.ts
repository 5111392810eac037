import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  type WorkerHandle,
  type WorkerMessageEvent,
} from '../../lib/index.js';
import { firstWorker, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Sequence } from '../support/sequence.js';

const rounds = 20;
const small = { count: 1_000, size: 100 };
const numbers = Array.from({ length: small.count }, (_, number) => number);
const large = { count: 64, size: 64 * 1024 };

/** Hears what each worker says, and replaces all that leave. */
class Heir extends ClusterPrimary {
  readonly #heard = new Map<WorkerHandle, Sequence>();

  heard(worker: WorkerHandle): Sequence {
    const sequence = this.#heard.get(worker) ?? new Sequence();
    this.#heard.set(worker, sequence);
    return sequence;
  }

  _eventWorkerMessage_number({ data: { message, worker } }: WorkerMessageEvent<AnyProtocol>): void {
    this.heard(worker).take(message.number);
  }
}

const open = (options: ClusterPrimaryOptions) => {
  const restart = { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } };
  return new Heir({ workerCount: 1, workerSilent: true, restart, ...options }).ready;
};

describe('the last words of a worker', () => {
  leavesNothingBehind();

  for (const serialization of ['json', 'advanced'] as const) {
    for (const [way, words] of [
      ['process.exit()', small],
      ['an uncaught throw', small],
      ['a throw in a handler', small],
      ['exit()', large],
      ['destroy()', large],
    ] as const) {
      it(`before ${way}, ${words.count} of ${words.size} B, all arrive by ${serialization}, ${rounds} times`, async function () {
        this.timeout(60_000);
        await using primary = await open({ workerScript: fixture('leaver'), serialization });

        for (let round = 0; round < rounds; round++) {
          const worker = firstWorker(primary);
          const replaced = nextOf(primary, 'workerReady');
          void worker.send({ message: { type: 'leave', way, ...words } });
          await worker.exited;

          expect(primary.heard(worker).report).to.deep.equal({ count: words.count, surprises: [] });
          await replaced;
        }
      });
    }
  }
});

describe('what is sent to a worker right after its fork', () => {
  leavesNothingBehind();

  for (const serialization of ['json', 'advanced'] as const) {
    it(`arrives in order, messages and requests, however late it listens, by ${serialization}`, async () => {
      await using primary = await open({ workerScript: fixture('late'), workerCount: 0, serialization });
      const answers: Promise<number>[] = [];
      primary.on('workerFork', ({ data: { worker } }) => void answers.push(...speak(worker)));

      const workers = await primary.fork({ workerCount: 3 });

      for (const worker of workers) {
        expect(await worker.request({ message: { type: 'numbers' } })).to.deep.equal(numbers);
      }
      expect(await Promise.all(answers)).to.deep.equal([...numbers, ...numbers, ...numbers].filter(isAsked));
    });
  }

  it('arrives in order when it is sent by a name, before there is a process', async () => {
    await using primary = await open({ workerScript: fixture('late'), workerCount: 0 });
    primary.onceOn('fork', () => {
      for (const number of numbers) void primary.send({ message: { type: 'number', number }, to: 'late' });
    });

    await primary.fork({ name: 'late' });

    expect(await primary.request({ message: { type: 'numbers' }, to: 'late' })).to.deep.equal(numbers);
  });
});

const isAsked = (number: number) => number % 10 === 0;

/** Sends all the numbers, some as requests; returns the answers to these. Nothing is awaited. */
function speak(worker: WorkerHandle): Promise<number>[] {
  const answers: Promise<number>[] = [];
  for (const number of numbers) {
    const message = { type: 'number', number };
    if (isAsked(number)) answers.push(worker.request({ message }));
    else void worker.send({ message });
  }
  return answers;
}
