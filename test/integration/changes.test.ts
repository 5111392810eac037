import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type AnyProtocol, ClusterPrimary, type WorkerHandle, type WorkerMessageEvent } from '../../lib/index.js';
import { firstWorker, forkOne, pidOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { socketPair, textOf } from '../support/sockets.js';

const count = 3_000;
const numbers = Array.from({ length: count }, (_, number) => number);

/** Something with room for changes of every kind. */
const original = (number: number, padding = '') => ({
  type: 'note',
  number,
  order: { items: ['salt', number] },
  padding,
});
type Note = ReturnType<typeof original>;

/** Hears the notes that workers send back. */
class Listener extends ClusterPrimary {
  readonly notes: unknown[] = [];

  _eventWorkerMessage_note({ data: { message } }: WorkerMessageEvent<AnyProtocol>): void {
    this.notes.push(message);
  }
}

for (const serialization of ['json', 'advanced'] as const) {
  const open = (workerCount = 1) => new Listener({ workerScript: fixture('chef'), workerCount, serialization }).ready;

  describe(`a message that is changed after its send settled, by ${serialization}`, () => {
    leavesNothingBehind();

    it('arrives as it was, when one is sent at a time', async () => {
      await using primary = await open();
      const note = original(0);

      for (const number of numbers.slice(0, 300)) {
        Object.assign(note, original(number));
        await primary.send({ message: note });
        spoil(note);
      }

      await expectNotes(firstWorker(primary), notesOf(numbers.slice(0, 300)));
    });

    it('arrives as it was, when many are sent at once', async () => {
      await using primary = await open();
      const worker = firstWorker(primary);

      await Promise.all(numbers.map(number => sendAndSpoil(worker, original(number))));

      await expectNotes(worker, notesOf(numbers));
    });

    it('arrives as it was at each of several workers', async () => {
      await using primary = await open(2);

      await Promise.all(numbers.map(number => sendAndSpoil(primary, original(number))));

      for (const worker of primary.workers) await expectNotes(worker, notesOf(numbers));
    });

    it('arrives as it was, when the worker was not ready', async () => {
      await using primary = await open(0);
      const sent: Promise<void>[] = [];
      primary.on('workerFork', ({ data: { worker } }) => {
        for (const number of numbers) sent.push(sendAndSpoil(worker, original(number)));
      });

      const worker = await forkOne(primary);
      await Promise.all(sent);

      await expectNotes(worker, notesOf(numbers));
    });

    it('arrives as it was, when the worker was stopped and its pipe full', async () => {
      await using primary = await open();
      const worker = firstWorker(primary);
      const padding = 'x'.repeat(2_000);
      let settled = 0;

      process.kill(pidOf(worker), 'SIGSTOP');
      const sent = numbers.map(number => sendAndSpoil(worker, original(number, padding)).then(() => settled++));
      await new Promise(resolve => setImmediate(resolve));
      expect(settled).to.be.lessThan(count);
      process.kill(pidOf(worker), 'SIGCONT');
      await Promise.all(sent);

      await expectNotes(worker, notesOf(numbers, padding));
    });

    it('arrives as it was, when it waited behind a connection', async () => {
      await using primary = await open();
      const worker = firstWorker(primary);
      const [socket, client] = await socketPair();
      const heard = textOf(client);

      const guest = worker.send({ message: { type: 'note' }, handle: socket });
      await Promise.all([guest, ...numbers.map(number => sendAndSpoil(worker, original(number)))]);

      const notes: readonly unknown[] = await worker.request({ message: { type: 'seen' } });
      expect(notes.slice(1)).to.deep.equal(notesOf(numbers));
      expect(await heard).to.equal(`served by ${worker.name}`);
    });

    it('arrives as it was, when a worker sends it', async () => {
      await using primary = await open();

      await primary.request({ message: { type: 'spoilNotes', notes: notesOf(numbers) } });

      expect(primary.notes).to.deep.equal(notesOf(numbers));
    });
  });
}

describe('bytes that are overwritten after their send settled', () => {
  leavesNothingBehind();

  it('arrive as they were', async () => {
    await using primary = await new ClusterPrimary({
      workerScript: fixture('chef'),
      workerCount: 1,
      serialization: 'advanced',
    }).ready;
    const worker = firstWorker(primary);
    const buffer = new Uint8Array(200_000);

    for (let value = 1; value <= 10; value++) {
      await worker.send({ message: { type: 'note', bytes: buffer.fill(value) } });
    }
    buffer.fill(0);

    const seen: { bytes: Uint8Array }[] = await worker.request({ message: { type: 'seen' } });
    expect(seen.map(({ bytes }) => [bytes[0], bytes.at(-1), bytes.length])).to.deep.equal(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(value => [value, value, 200_000]),
    );
  });
});

const notesOf = (all: readonly number[], padding?: string) => all.map(number => original(number, padding));

async function expectNotes(worker: WorkerHandle, notes: readonly Note[]): Promise<void> {
  expect(await worker.request({ message: { type: 'seen' } })).to.deep.equal(notes);
}

async function sendAndSpoil(target: WorkerHandle | ClusterPrimary, message: Note): Promise<void> {
  await target.send({ message });
  spoil(message);
}

/** Changes it at the top and within. */
function spoil(note: Note): void {
  note.type = 'spoilt';
  note.padding = 'spoilt';
  note.order.items.length = 0;
  note.order.items.push('pepper');
}
