import { expect } from 'chai';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { type AnyProtocol, ClusterPrimary, type WorkerRequestEvent } from '../../lib/index.js';
import { nextOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { failureOf } from '../support/with-deadline.js';

/** Validates what its workers send, and what they answer. */
class Inspector extends ClusterPrimary {
  _eventWorkerRequest_double({ data: { message } }: WorkerRequestEvent<AnyProtocol>): number {
    return message.number * 2;
  }
}

const open = () => {
  const number = z.object({ type: z.string(), number: z.number().max(100) });
  const schemas = {
    workerMessage: { number },
    workerRequest: { double: { payload: number, reply: z.number() } },
    primaryRequest: { echo: { reply: z.string() } },
  };
  return new Inspector({ workerScript: fixture('inspected'), workerCount: 1, schemas }).ready;
};

describe('schemas', () => {
  leavesNothingBehind();

  it('of messages drop what does not fit, and tell of it', async () => {
    await using primary = await open();
    const messages = record(primary, ['workerMessage']);
    const violation = nextOf(primary, 'channelViolation');
    primary.on('channelViolation', () => {});

    await primary.send({ message: { type: 'say', message: { type: 'number', number: 101 } } });

    expect((await violation).error).to.have.property('code', 'CLUSTER_MESSAGE_VALIDATION');
    expect(messages).to.deep.equal([]);
  });

  it('of messages let through what fits', async () => {
    await using primary = await open();
    const message = nextOf(primary, 'workerMessage');

    await primary.send({ message: { type: 'say', message: { type: 'number', number: 7 } } });

    expect((await message).message).to.deep.equal({ type: 'number', number: 7 });
  });

  it('of requests answer with what is wrong', async () => {
    await using primary = await open();

    expect(await primary.request({ message: { type: 'ask', number: 4 } })).to.equal(8);
    const refused = await primary.request({ message: { type: 'ask', number: 'four' } });

    expect(refused).to.deep.include({ name: 'MessageValidationError', path: ['number'] });
  });

  it('of replies reject what does not fit', async () => {
    await using primary = await open();

    expect(await primary.request({ message: { type: 'echo', value: 'text' } })).to.equal('text');
    const error = await failureOf(primary.request({ message: { type: 'echo', value: 'twelve letters' } }));

    expect(error).to.include({ code: 'CLUSTER_MESSAGE_VALIDATION' });
  });

  it('of the worker refuse what the primary asks', async () => {
    await using primary = await open();

    const error = await failureOf(primary.request({ message: { type: 'echo', value: 12 } }));

    expect(error).to.include({ code: 'CLUSTER_MESSAGE_VALIDATION' });
    expect(error).to.have.nested.property('details.section', 'primaryRequest');
    expect(error).to.have.nested.property('details.issues[0].path').that.deep.equals(['value']);
  });
});
