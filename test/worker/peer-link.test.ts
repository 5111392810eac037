import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WorkerExitedError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { beatFrame, farewellFrame, parcelFrame, readyFrame } from '../../lib/protocol/frame.js';
import { settled } from '../support/conversation.js';
import { Street } from '../support/street.js';
import { rejection } from '../support/thrown.js';

const message = { type: 'note' };

describe('PeerLink', () => {
  it('takes what is about other workers, and nothing else', () => {
    const { link } = new Street().resident(1);

    expect(link.take(beatFrame(0))).to.equal(false);
    expect(link.take(readyFrame())).to.equal(false);
    expect(link.take(parcelFrame(0, 7, '[]'))).to.equal(false);
    expect(link.take(parcelFrame(0, { id: 2, name: 'b', group: 'g' }, {} as string))).to.equal(false);
    expect(link.take(parcelFrame(0, { id: 2, name: 'b', group: 'g' }, '[]'))).to.equal(true);
    expect(link.take(farewellFrame(2))).to.equal(true);
  });

  it('forgets the name of a worker that leaves, and goes on talking with it', async () => {
    const street = new Street();
    const { link } = street.resident(1);
    await link.send({ to: 'worker-2', message });
    link.take(farewellFrame(2));
    await link.send({ to: 'worker-2', message });

    expect(street.sought).to.have.length(2);
    expect(street.resident(2).messages).to.have.length(2);
  });

  it('forgets a worker that is gone', async () => {
    const street = new Street();
    const { link } = street.resident(1);
    street.resident(2).answer = () => {};
    const asked = rejection(link.request({ to: 'worker-2', message, timeout: 500 }));
    await settled();
    expect(link.size).to.equal(1);
    link.take(
      farewellFrame(2, toWireError(new WorkerExitedError('gone', { workerId: 2, name: 'worker-2', exitCode: 3 }))),
    );

    expect(await asked)
      .to.be.instanceOf(WorkerExitedError)
      .and.have.deep.property('details', { workerId: 2, name: 'worker-2', exitCode: 3 });
    expect(link.size).to.equal(0);
  });

  it('waits for room, and until nothing is left, while somebody does not read', async () => {
    const street = new Street(2, { maxQueuedMessages: 4 });
    const { link } = street.resident(1);
    street.stopped = [];
    const sent = Array.from({ length: 4 }, () => link.send({ to: 2, message }));
    expect(await rejection(link.send({ to: 2, message }))).to.have.property('code', 'CLUSTER_BACKPRESSURE');
    const order: string[] = [];
    const waits = [link.room().then(() => order.push('room')), link.drained().then(() => order.push('drained'))];
    await settled();
    expect(order).to.deep.equal([]);

    for (let pass = street.stopped.shift(); pass !== undefined; pass = street.stopped.shift()) {
      pass();
      await settled();
    }
    await Promise.all([...sent, ...waits]);

    expect(order).to.deep.equal(['room', 'drained']);
    expect(street.resident(2).messages).to.have.length(4);
  });

  it('ends with the primary', async () => {
    const street = new Street();
    street.find = () => undefined;
    const { link } = street.resident(1);
    const reason = new Error('closed');
    const [sought, sent] = [
      link.send({ to: 'worker-2', message }),
      link.request({ to: { group: 'x' }, message, timeout: 9 }),
    ];
    link.close(reason);
    link.flushSync();

    expect(await rejection(sought)).to.equal(reason);
    expect(await rejection(sent)).to.equal(reason);
    expect(await rejection(link.send({ to: 2, message }))).to.equal(reason);
  });
});
