import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  MessageValidationError,
  type WorkerMessageEvent,
  type WorkerRequestEvent,
} from '../../lib/index.js';
import { nextOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { schemaLibraries } from '../support/schema-libraries.js';
import { failureOf } from '../support/with-deadline.js';

/** Validates what its workers send, and what they answer. */
class Inspector extends ClusterPrimary {
  _eventWorkerMessage_amount(): void {}

  _eventWorkerMessage_heard(): void {}

  _eventWorkerMessage_refused(_event: WorkerMessageEvent<AnyProtocol>): void {}

  _eventWorkerRequest_double({ data: { message } }: WorkerRequestEvent<AnyProtocol>): string {
    return `${message.number * 2} ${message.unit}`;
  }

  _eventWorkerRequest_letters({ data: { message } }: WorkerRequestEvent<AnyProtocol>): string {
    return ` ${'x'.repeat(message.count)} `;
  }
}

for (const library of ['zod', 'valibot'] as const) {
  const { amount, word } = schemaLibraries[library];
  const open = () => {
    const schemas = {
      workerMessage: { amount },
      workerRequest: { double: { payload: amount } },
      primaryRequest: { echo: { reply: word }, letters: { reply: word } },
    };
    const workerEnv = { SCHEMA_LIBRARY: library };
    return new Inspector({ workerScript: fixture('inspected'), workerCount: 1, workerEnv, schemas }).ready;
  };
  const say = (message: object) => ({ message: { type: 'say', message } });
  const ask = (message: object) => ({ message: { type: 'ask', message } });

  describe(`schemas (${library})`, () => {
    leavesNothingBehind();

    it('of the primary drop messages that do not fit, and tell of it', async () => {
      await using primary = await open();
      const messages = record(primary, ['workerMessage']);
      const violation = nextOf(primary, 'channelViolation');
      primary.on('channelViolation', () => {});

      await primary.send(say({ type: 'amount', number: 101 }));

      const { error } = await violation;
      expect(error).to.be.instanceOf(MessageValidationError).with.property('code', 'CLUSTER_MESSAGE_VALIDATION');
      expect(error).to.have.nested.property('details.issues[0].path').that.deep.equals(['number']);
      expect(error).to.have.nested.property('details.issues[0].message').that.is.a('string').and.is.not.empty;
      expect(messages).to.deep.equal([]);
    });

    it('of the primary let messages through that fit, with what the schema adds', async () => {
      await using primary = await open();
      const message = nextOf(primary, 'workerMessage');

      await primary.send(say({ type: 'amount', number: 7, more: true }));

      expect((await message).message).to.deep.equal({ type: 'amount', number: 7, unit: 'g' });
    });

    it('of the worker drop messages that do not fit, and tell of it', async () => {
      await using primary = await open();
      const told = nextOf(primary, 'workerMessage');

      await primary.send({ message: { type: 'amount', number: 'many' } });

      const { message } = await told;
      expect(message).to.deep.include({ type: 'refused', code: 'CLUSTER_MESSAGE_VALIDATION' });
      expect(message).to.have.nested.property('details.section', 'primaryMessage');
      expect(message).to.have.nested.property('details.issues[0].path').that.deep.equals(['number']);
    });

    it('of the worker let messages through that fit, with what the schema adds', async () => {
      await using primary = await open();
      const told = nextOf(primary, 'workerMessage');

      await primary.send({ message: { type: 'amount', number: 7 } });

      expect((await told).message).to.deep.equal({ type: 'heard', number: 7, unit: 'g' });
    });

    it('of the primary answer a request with what is wrong', async () => {
      await using primary = await open();

      expect(await primary.request(ask({ type: 'double', number: 4 }))).to.equal('8 g');
      expect(await primary.request(ask({ type: 'double', number: 'four' }))).to.deep.equal({
        ...{ name: 'MessageValidationError', section: 'workerRequest', path: ['number'] },
      });
    });

    it('of the worker answer a request with what is wrong', async () => {
      await using primary = await open();

      expect(await primary.request({ message: { type: 'echo', value: ' text ' } })).to.equal('text');
      const error = await failureOf(primary.request({ message: { type: 'echo', value: 12 } }));

      expect(error).to.be.instanceOf(MessageValidationError);
      expect(error).to.have.nested.property('details.section', 'primaryRequest');
      expect(error).to.have.nested.property('details.issues[0].path').that.deep.equals(['value']);
    });

    it('of the primary reject a reply that does not fit, and change one that does', async () => {
      await using primary = await open();

      expect(await primary.request({ message: { type: 'letters', count: 3 } })).to.equal('xxx');
      const error = await failureOf(primary.request({ message: { type: 'letters', count: 11 } }));

      expect(error).to.be.instanceOf(MessageValidationError);
      expect(error).to.have.property('details').that.deep.include({ section: 'primaryRequest', type: 'letters' });
    });

    it('of the worker reject a reply that does not fit, and change one that does', async () => {
      await using primary = await open();

      expect(await primary.request(ask({ type: 'letters', count: 3 }))).to.equal('xxx');
      expect(await primary.request(ask({ type: 'letters', count: 11 }))).to.deep.equal({
        ...{ name: 'MessageValidationError', section: 'workerRequest', path: [] },
      });
    });
  });
}
