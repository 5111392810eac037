import { expect } from 'chai';
import { describe, it } from 'mocha';
import { HandlerMismatchError, InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { ClusterWorker } from '../../lib/worker/cluster-worker.js';
import { rejection } from '../support/thrown.js';

describe('MessagingWorker', () => {
  const idle = () => new ClusterWorker({ initialize: false });

  it('refuses handlers that belong in a primary, and suggests where', () => {
    class Confused extends ClusterWorker {
      _eventWorkerMessage_plated(): void {}
    }

    expect(() => new Confused({ initialize: false }))
      .to.throw(HandlerMismatchError, '`_eventWorkerMessage_plated` would never be called')
      .with.property('message')
      .that.includes('_eventPrimaryMessage_plated');
  });

  it('rejects what it is to send or to ask outside a worker process', async () => {
    const worker = new ClusterWorker();

    const errors = await Promise.all([
      rejection(worker.send({ message: { type: 'plated' } })),
      rejection(worker.request({ message: { type: 'pantry' } })),
    ]);

    expect(errors.map(({ name }) => name)).to.deep.equal(['NotAWorkerError', 'NotAWorkerError']);
  });

  it('refuses orders that are none, before anything else, and tells of those that nobody awaits', async () => {
    const worker = idle();
    const told: unknown[] = [];
    worker.on('sendError', ({ data }) => void told.push(data.error));

    // @ts-expect-error there is no message
    const error = await rejection(worker.send({}));
    expect(error).to.be.instanceOf(InvalidOptionError);
    expect(told).to.deep.equal([error]);
    // @ts-expect-error a worker sends to the primary
    expect(await rejection(worker.send({ message: { type: 'plated' }, to: 3 }))).to.be.instanceOf(InvalidOptionError);
    // @ts-expect-error there is no message
    expect(await rejection(worker.request({}))).to.be.instanceOf(InvalidOptionError);
    const retry = { attempts: 1 };
    expect(await rejection(worker.request({ message: { type: 'pantry' }, ...{ retry } }))).to.be.instanceOf(
      UnknownOptionError,
    );
  });
});
