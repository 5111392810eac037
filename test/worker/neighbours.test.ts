import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ChannelClosedError, PreventedError, UnknownWorkerError, WorkerExitedError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { type ParcelFrame, undeliveredFrame } from '../../lib/protocol/frame.js';
import { Neighbours } from '../../lib/worker/neighbours.js';
import { settled } from '../support/conversation.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';
import type { Told } from '../support/worker-process.js';

const bob = { id: 2, name: 'bob', group: 'default' };

function setUp({ carry = async () => {} }: { carry?: () => Promise<void> } = {}) {
  const told: Told = [];
  const parcels: ParcelFrame[] = [];
  const held: (() => void)[] = [];
  const note =
    (name: string) =>
    (...facts: unknown[]) =>
      void told.push([name, ...facts]);
  const neighbours = new Neighbours({
    ...{ clock: new FakeClock(), serialization: 'json' },
    listener: {
      ...{ peerMessage: note('message'), peerRequest: note('request') },
      ...{ peerViolation: note('violation'), sendFailed: note('sendFailed') },
    },
    carry: frame => {
      parcels.push(frame);
      return carry();
    },
    held: () => held,
  });
  const release = () => {
    for (const deliver of held.splice(0)) deliver();
  };
  return { neighbours, told, parcels, release };
}

describe('Neighbours', () => {
  it('sends parcels that are numbered, whomever they are for, and is told of each', async () => {
    const { neighbours, parcels } = setUp();
    const sent = [neighbours.peer(2).send('a'), neighbours.peer(3).send('b')];

    expect(parcels).to.deep.equal([
      [20, 1, 2, '[[2,0,"a"]]'],
      [20, 2, 3, '[[2,0,"b"]]'],
    ]);
    neighbours.delivered(2);
    neighbours.delivered(1);
    neighbours.delivered(1);
    await Promise.all(sent);
    await neighbours.drained();
    await neighbours.room();
    expect(neighbours.size).to.equal(2);
  });

  it('says whose it is, as the primary does, once this worker can listen', () => {
    const { neighbours, told, release } = setUp();
    void neighbours.peer(2).send('first');
    neighbours.receive('[[2,0,"soup"],[3,1,"salt"]]', bob);
    expect(told).to.deep.equal([]);

    release();

    expect(told.map(([name, , from]) => [name, from])).to.deep.equal([
      ['message', bob],
      ['request', bob],
    ]);
    expect(told[0]?.[1]).to.equal('soup');
    expect(neighbours.size).to.equal(1);
  });

  it('tells at once what another worker may not send', () => {
    const { neighbours, told } = setUp();
    neighbours.receive('[', bob);
    neighbours.receive('[[1,0]]', bob);

    expect(told).to.deep.equal([
      ['violation', 'a payload that is no batch of frames', bob],
      ['violation', 'a frame that only the primary may send', bob],
    ]);
  });

  it('answers come from the one who was asked, and from nobody else', async () => {
    const { neighbours, told } = setUp();
    const asked = neighbours.peer(2).request('salt');
    neighbours.receive('[[4,1,"forged"]]', { ...bob, id: 3, name: 'cid' });
    neighbours.receive('[[4,1,"salt"]]', bob);

    expect(await asked).to.equal('salt');
    expect(told.map(([name, , from]) => [name, (from as { name: string }).name])).to.deep.equal([['violation', 'cid']]);
  });

  it('rejects what was not passed on, and only that', async () => {
    const { neighbours, told } = setUp();
    const peer = neighbours.peer(2);
    void peer.send('goes first');
    const sent = [peer.send('a'), peer.send('b'), peer.request('c')];
    neighbours.delivered(1);
    const prevented = toWireError(new PreventedError('prevented', { event: 'peerMessage' }));
    neighbours.undelivered(undeliveredFrame(2, prevented, [1, 2]) as never);

    expect(await sent[0]).to.equal(undefined);
    for (const each of sent.slice(1))
      expect(await rejection(each as Promise<unknown>)).to.be.instanceOf(PreventedError);
    expect(told.map(([name, error, body]) => [name, (error as Error).message, body])).to.deep.equal([
      ['sendFailed', 'prevented', 'b'],
    ]);
    expect(neighbours.size).to.equal(1);
  });

  it('forgets one that there is not', async () => {
    const { neighbours } = setUp();
    const sent = rejection(neighbours.peer(9).send('a'));
    const asked = rejection(neighbours.peer(9).request('b'));
    const error = new UnknownWorkerError('unknown', { to: 9, known: [] });
    neighbours.undelivered(undeliveredFrame(1, toWireError(error)) as never);
    neighbours.undelivered(undeliveredFrame(1, toWireError(error)) as never);

    for (const each of [sent, asked]) expect(await each).to.be.instanceOf(UnknownWorkerError);
    expect(neighbours.size).to.equal(0);
  });

  it('lets everything end that waits for one that is gone, and aborts what it asked', async () => {
    const { neighbours, told, release } = setUp();
    const peer = neighbours.peer(2);
    const outcomes = [peer.send('written'), peer.send('queued'), peer.request('asked')].map(each => rejection(each));
    neighbours.receive('[[3,1,"salt"]]', bob);
    release();
    const [, request] = told[0] as [string, { readonly signal: AbortSignal; reply(value: unknown): boolean }];
    const gone = new WorkerExitedError('gone', { workerId: 2, name: 'bob' });
    neighbours.farewell(2, gone);
    neighbours.farewell(2, gone);

    for (const each of outcomes) expect(await each).to.equal(gone);
    expect(request.signal.reason).to.equal(gone);
    expect(request.reply('too late')).to.equal(true);
    await settled();
    expect(neighbours.size).to.equal(0);
  });

  it('rejects what the channel of the primary does not take', async () => {
    const closed = new ChannelClosedError('closed', { peer: 'the primary' });
    const { neighbours } = setUp({ carry: () => Promise.reject(closed) });

    expect(await rejection(neighbours.peer(2).send('a'))).to.equal(closed);
  });

  it('ends with the primary', async () => {
    const { neighbours, parcels } = setUp();
    const reason = new Error('closed');
    const asked = rejection(neighbours.peer(2).request('a'));
    neighbours.close(reason);

    expect(await asked).to.equal(reason);
    expect(await rejection(neighbours.peer(3).request('b'))).to.equal(reason);
    expect([parcels.length, neighbours.size]).to.deep.equal([1, 0]);
  });

  it('hands over what is queued, in order, when the process ends', () => {
    const { neighbours, parcels } = setUp();
    for (const text of ['a', 'b', 'c']) void neighbours.peer(2).send(text);
    neighbours.flushSync();

    expect(parcels.map(parcel => parcel[3])).to.deep.equal(['[[2,0,"a"]]', '[[15,0,["b","c"]]]']);
  });
});
