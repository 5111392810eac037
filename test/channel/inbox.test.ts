import { expect } from 'chai';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { Inbox, RequestData, refusePrevented } from '../../lib/channel/inbox.js';
import { MessageValidationError, RequestPreventedError, UnknownMessageTypeError } from '../../lib/errors/errors.js';
import { Deferred } from '../../lib/util/deferred.js';
import { incoming } from '../support/incoming.js';
import { rejection } from '../support/thrown.js';

interface Given {
  readonly data: { readonly message: unknown };
}

class Chef {
  readonly plates: unknown[] = [];

  _eventWorkerMessage_plated({ data: { message } }: Given): string {
    this.plates.push(message);
    return 'served';
  }
  async _eventWorkerRequest_pantry({ data }: Given): Promise<unknown> {
    return { left: 3, this: this.plates, message: data.message };
  }
  _eventWorkerRequest_fail(): never {
    throw new Error('nothing left');
  }
  async _eventWorkerRequest_reject(): Promise<never> {
    throw new Error('nothing left');
  }
}

function asked(message: unknown) {
  const { request, answers } = incoming(message);
  return { event: { data: new RequestData(message, request) }, request, answers };
}

const schemas = {
  workerMessage: { plated: z.object({ type: z.string(), table: z.coerce.number() }) },
  workerRequest: {
    pantry: { reply: z.object({ left: z.number() }) },
    menu: z.object({ type: z.string(), day: z.number() }),
  },
};

describe('Inbox', () => {
  describe('#dispatch', () => {
    it('calls the handler with the event, as a method of the target, and returns what it returns', () => {
      const chef = new Chef();
      const message = { type: 'plated', table: 4 };

      expect(new Inbox(chef).dispatch('workerMessage', { data: { message } })).to.deep.equal({ result: 'served' });
      expect(chef.plates).to.deep.equal([message]);
    });

    it('tells why there is no handler', () => {
      const inbox = new Inbox(new Chef());

      expect(inbox.dispatch('workerMessage', { data: { message: { type: 'burnt' } } })).to.equal('unknownType');
      expect(inbox.dispatch('workerMessage', { data: { message: 'plated' } })).to.equal('noType');
    });

    it('lets through what the handler throws', () => {
      const target = { _eventWorkerMessage_plated: () => expect.fail('burnt') };

      expect(() => new Inbox(target).dispatch('workerMessage', { data: { message: { type: 'plated' } } })).to.throw(
        'burnt',
      );
    });
  });

  describe('#answer', () => {
    it('replies with what the handler resolves to', async () => {
      const chef = new Chef();
      const { event, answers } = asked({ type: 'pantry' });

      await new Inbox(chef).answer('workerRequest', event);

      expect(answers).to.deep.equal([{ value: { left: 3, this: chef.plates, message: { type: 'pantry' } } }]);
    });

    it('fails with what the handler throws or rejects with', async () => {
      for (const type of ['fail', 'reject']) {
        const { event, answers } = asked({ type });

        await new Inbox(new Chef()).answer('workerRequest', event);

        expect(answers).to.have.lengthOf(1);
        expect(answers[0]).to.have.nested.property('error.message', 'nothing left');
      }
    });

    it('is answered when nothing of a stream runs any longer', async () => {
      const over = new Deferred<void>();
      const { event, request } = asked({ type: 'pantry' });
      Object.assign(request, { reply: () => over.promise });
      let isAnswered = false;
      const answered = new Inbox(new Chef()).answer('workerRequest', event)?.then(() => {
        isAnswered = true;
      });
      await new Promise(setImmediate);
      expect(isAnswered).to.equal(false);

      over.resolve();
      await answered;
    });

    it('fails without a handler, at once, and tells so', () => {
      const { event, answers } = asked({ type: 'fridge' });

      expect(new Inbox(new Chef()).answer('workerRequest', event)).to.equal(undefined);

      expect(answers).to.have.lengthOf(1);
      expect(answers[0]).to.have.property('error').that.is.instanceOf(UnknownMessageTypeError).and.includes({
        message: 'No handler answers `fridge` in `workerRequest`',
        code: 'CLUSTER_UNKNOWN_MESSAGE_TYPE',
      });
    });

    it('fails without a type', () => {
      const { event, answers } = asked('pantry');

      new Inbox(new Chef()).answer('workerRequest', event);

      expect(answers[0]).to.have.nested.property('error.message', 'A request without a `type` has no handler');
    });

    it('calls the handler also for an event that nobody asked for', async () => {
      const outcome = new Inbox(new Chef()).answer('workerRequest', { data: { message: { type: 'fail' } } });

      expect(outcome).to.be.instanceOf(Promise);
      await outcome;
    });
  });

  describe('#valid', () => {
    const inbox = new Inbox(new Chef(), schemas);

    it('returns what the schema makes of a message', () => {
      expect(inbox.valid('workerMessage', { type: 'plated', table: '4' })).to.deep.equal({ type: 'plated', table: 4 });
    });

    it('refuses what does not fit', () => {
      expect(() => inbox.valid('workerMessage', { type: 'plated', table: 'four' }))
        .to.throw(MessageValidationError, 'A `plated` in `workerMessage` does not fit its schema at `table`')
        .with.property('details')
        .that.includes({ section: 'workerMessage', type: 'plated' });
    });

    it('takes a bare schema of a request for that of its payload', async () => {
      expect(() => inbox.valid('workerRequest', { type: 'menu', day: 'x' })).to.throw(MessageValidationError);
      expect(await inbox.checkedReply('workerRequest', { type: 'menu' }, Promise.resolve('anything'))).to.equal(
        'anything',
      );
    });

    it('lets through what has no schema', () => {
      for (const message of [{ type: 'burnt' }, { type: 'toString' }, { type: '__proto__' }, 'plated', undefined]) {
        expect(inbox.valid('workerMessage', message)).to.equal(message);
      }
      expect(new Inbox(new Chef()).valid('workerMessage', 'plated')).to.equal('plated');
    });
  });

  describe('#checkedReply', () => {
    const inbox = new Inbox(new Chef(), schemas);
    const check = (reply: unknown) => inbox.checkedReply('workerRequest', { type: 'pantry' }, Promise.resolve(reply));

    it('resolves with what the schema makes of a reply', async () => {
      expect(await check({ left: 3, secret: 1 })).to.deep.equal({ left: 3 });
    });

    it('rejects what does not fit', async () => {
      expect(await rejection(check({ left: 'three' })))
        .to.be.instanceOf(MessageValidationError)
        .with.property('message')
        .that.includes('at `left`');
    });

    it('is the very promise it was given where there is nothing to check', () => {
      const reply = Promise.resolve(1);

      expect(inbox.checkedReply('workerRequest', { type: 'burnt' }, reply)).to.equal(reply);
    });
  });

  describe('#itemCheck', () => {
    const inbox = new Inbox(new Chef(), schemas);

    it('makes of each item what the schema of the reply does', () => {
      const check = inbox.itemCheck('workerRequest', { type: 'pantry' });

      expect(check?.({ left: 3, secret: 1 })).to.deep.equal({ left: 3 });
      expect(() => check?.({ left: 'three' })).to.throw(MessageValidationError, 'at `left`');
    });

    it('is none where there is nothing to check', () => {
      expect(inbox.itemCheck('workerRequest', { type: 'menu' })).to.equal(undefined);
    });
  });
});

describe('RequestData', () => {
  it('makes the signal when it is first read, and aborts it with the request', () => {
    const { event, request } = asked({ type: 'pantry' });
    const { signal } = event.data;

    request.abort('gone');

    expect(signal).to.equal(request.signal).and.include({ aborted: true, reason: 'gone' });
  });

  it('leads to its request, which made-up data does not', () => {
    const { event, request } = asked({ type: 'pantry' });

    expect(RequestData.requestOf(event.data)).to.equal(request);
    expect(RequestData.requestOf({ ...event.data })).to.equal(undefined);
  });
});

describe('refusePrevented', () => {
  it('tells the requester', () => {
    const { request, answers } = asked({ type: 'pantry' });

    refusePrevented('workerRequest', request);

    expect(answers[0])
      .to.have.property('error')
      .that.is.instanceOf(RequestPreventedError)
      .with.property('details')
      .that.deep.equals({ section: 'workerRequest', type: 'pantry' });
  });
});
