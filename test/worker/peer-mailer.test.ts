import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StreamReader } from '../../lib/channel/stream-reader.js';
import { NoWorkerError, ShutDownError, UnknownWorkerError, WorkerExitedError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { farewellFrame, foundFrame } from '../../lib/protocol/frame.js';
import { settled } from '../support/conversation.js';
import { Street } from '../support/street.js';
import { rejection } from '../support/thrown.js';

const message = { type: 'note' };
const numbered = (number: number) => ({ ...message, number });
const texts = (street: Street, id: number) => street.resident(id).messages;
const fails = (error: Error) => ({ error: toWireError(error) });

describe('PeerMailer', () => {
  describe('#send', () => {
    it('goes to an id without asking anybody, and to a name after asking once', async () => {
      const street = new Street();
      const { link } = street.resident(1);
      await link.send({ to: 2, message: numbered(1) });
      await link.send({ to: 'worker-2', message: numbered(2) });
      await link.send({ to: 'worker-2', message: numbered(3) });

      expect(texts(street, 2)).to.deep.equal([1, 2, 3].map(numbered));
      expect(street.sought.map(({ to }) => to)).to.deep.equal(['worker-2']);
    });

    it('reaches each of several once', async () => {
      const street = new Street(3);
      street.find = ({ to }) => (to === 'others' ? [2, 3] : [2]);
      await street.resident(1).link.send({ to: [2, 'worker-2', 'others', 1], message });

      expect([1, 2, 3].map(id => texts(street, id).length)).to.deep.equal([1, 1, 1]);
    });

    it('keeps the order of the calls, however the receiver is addressed', async () => {
      const street = new Street();
      street.find = () => [2];
      const ways = [2, 'worker-2', { group: 'default' }, 2, 'all', [2], ['worker-2', 2]];
      const { link } = street.resident(1);
      await Promise.all(
        Array.from({ length: 70 }, (_, number) => link.send({ to: ways[number % 7], message: numbered(number) })),
      );

      expect(texts(street, 2)).to.deep.equal(Array.from({ length: 70 }, (_, number) => numbered(number)));
    });

    it('rejects for the only one with its error, and tells of it', async () => {
      const street = new Street();
      const nobody = new NoWorkerError('nobody', { to: 'x' });
      street.find = () => fails(nobody);
      const { link, failures } = street.resident(1);

      const errors = [await rejection(link.send({ to: 'x', message })), await rejection(link.send({ to: 9, message }))];

      expect(errors.map(({ name }) => name)).to.deep.equal(['NoWorkerError', 'UnknownWorkerError']);
      expect(failures).to.deep.equal(errors);
    });

    it('rejects for several with all that failed, when that is known of all', async () => {
      const street = new Street();
      street.find = ({ to }) => (to === 'x' ? fails(new NoWorkerError('nobody', { to })) : [2, 8]);
      const { link, failures } = street.resident(1);

      const error = await rejection<AggregateError>(link.send({ to: [2, 'x', 'others', 9], message }));

      expect(error).to.be.instanceOf(AggregateError).with.property('message', 'The message did not reach 3 of 4');
      expect(error.errors.map(({ name }) => name).sort()).to.deep.equal([
        ...['NoWorkerError', 'UnknownWorkerError', 'UnknownWorkerError'],
      ]);
      expect(failures).to.have.members(error.errors);
      expect(texts(street, 2)).to.have.length(1);
    });

    it('takes back what is aborted while nobody knows yet whom it is for, and tells nobody', async () => {
      const street = new Street();
      street.find = () => undefined;
      const controller = new AbortController();
      const { link, failures } = street.resident(1);
      const sent = rejection(link.send({ to: 'worker-2', message, signal: controller.signal }));
      controller.abort(new Error('never mind'));

      expect(await sent).to.have.property('message', 'never mind');
      expect(failures).to.deep.equal([]);
    });

    it('may be ignored', async () => {
      const street = new Street();
      street.find = () => fails(new NoWorkerError('nobody', { to: 'x' }));
      const { link, failures } = street.resident(1);
      for (const to of ['x', ['x', 9], 9, { group: 'x' }]) void link.send({ to, message });
      await settled();

      expect(failures).to.have.length(5);
    });
  });

  describe('#request', () => {
    const timeout = 500;

    it('is answered by an id, a name, a selection, and by oneself', async () => {
      const street = new Street();
      const { link } = street.resident(1);
      const ask = (to: unknown, value: unknown) => link.request({ to, message: { type: 'echo', value }, timeout });
      street.find = ({ to }) => (to === 'worker-1' ? [1] : [2]);

      const answers = await Promise.all([ask(2, 1), ask('worker-2', 2), ask({ group: 'x' }, 3), ask('worker-1', 4)]);

      expect(answers).to.deep.equal([1, 2, 3, 4].map(value => ({ type: 'echo', value })));
      expect([street.resident(2).requests.length, street.resident(1).requests.length]).to.deep.equal([3, 1]);
    });

    it('counts the search as part of its time', async () => {
      const street = new Street();
      street.find = () => 'later';
      street.resident(2).answer = () => {};
      const { link } = street.resident(1);
      const asked = rejection(link.request({ to: 'worker-2', message, timeout }));
      await settled();
      street.clock.advance(300);
      link.take(foundFrame(1, [2]));
      await settled();
      expect(street.resident(2).requests).to.have.length(1);
      street.clock.advance(200);

      const error = await asked;
      expect([error.code, error.details]).to.deep.equal(['CLUSTER_REQUEST_TIMEOUT', { type: 'note', timeout: 200 }]);
    });

    it('rejects when the primary knows nobody', async () => {
      const street = new Street();
      street.find = () => [];

      const asked = street.resident(1).link.request({ to: 'others', message, timeout });

      expect(await rejection(asked)).to.be.instanceOf(NoWorkerError);
    });

    /** Whoever is asked dies, until the test says otherwise. */
    function dying(deaths: number) {
      const street = new Street(4);
      const { link } = street.resident(1);
      let left = deaths;
      street.find = ({ not = [] }) => [[2, 3, 4].find(id => !not.includes(id)) ?? 0].filter(id => id > 0);
      for (const { identity } of street.residents) {
        const { answer } = street.resident(identity.id);
        street.resident(identity.id).answer = request => {
          if (left-- <= 0) return answer(request);
          const facts = { workerId: identity.id, name: identity.name };
          link.take(farewellFrame(identity.id, toWireError(new WorkerExitedError('gone', facts))));
        };
      }
      const ask = (attempts: number) => link.request({ to: { group: 'x' }, message, timeout, attempts });
      return { street, ask };
    }

    it('is tried again with others as often as it may, after a death', async () => {
      const { street, ask } = dying(2);

      expect(await ask(2)).to.deep.equal(message);
      expect(street.sought.map(({ not }) => not)).to.deep.equal([undefined, [2], [2, 3]]);
      expect(street.clock.pending).to.equal(1);
    });

    it('rejects with the last death when it may not be tried again, or nobody is left', async () => {
      expect(await rejection(dying(2).ask(1)))
        .to.be.instanceOf(WorkerExitedError)
        .with.nested.property('details.workerId', 3);
      expect(await rejection(dying(9).ask(9)))
        .to.be.instanceOf(WorkerExitedError)
        .with.nested.property('details.workerId', 4);
    });

    it('is tried again after nothing else', async () => {
      const street = new Street();
      for (const error of [
        new UnknownWorkerError('no', { to: 'x', known: [] }),
        new ShutDownError('no', { operation: 'x' }),
      ]) {
        street.find = () => fails(error);
        const asked = street.resident(1).link.request({ to: 'x', message, timeout, attempts: 3 });

        expect(await rejection(asked)).to.have.property('code', error.code);
      }
      expect(street.sought).to.have.length(2);
    });
  });

  describe('#stream', () => {
    const items = (street: Street, to: unknown) => {
      const { link } = street.resident(1);
      return new StreamReader({ open: reader => link.stream({ to, message }, { reader }) });
    };
    const counting = (street: Street) => {
      street.resident(2).answer = call => {
        void call.reply(
          (async function* () {
            yield* [1, 2, 3];
          })(),
        );
      };
      return street;
    };

    it('reads from an id, and from a name once it is found', async () => {
      for (const to of [2, 'worker-2']) expect(await all(items(counting(new Street()), to))).to.deep.equal([1, 2, 3]);
    });

    it('fails when nobody is found', async () => {
      const street = new Street();
      street.find = () => [];

      expect(await rejection(all(items(street, 'worker-9')))).to.be.instanceOf(NoWorkerError);
    });

    it('looks for nobody once it is left', async () => {
      const street = counting(new Street());
      street.find = () => 'later';
      const reader = items(street, 'worker-2');
      const first = reader.next();
      await settled();
      await reader.return();

      expect(await first).to.deep.equal({ done: true, value: undefined });
      street.resident(1).link.take(foundFrame(1, [2]));
      await settled();
      expect(street.resident(2).requests).to.deep.equal([]);
    });
  });
});

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
