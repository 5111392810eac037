import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { StoreLine } from '../../lib/channel/store-line.js';
import { BackpressureError } from '../../lib/errors/errors.js';
import { Access } from '../../lib/storage/access.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { RemoteUser } from '../../lib/storage/remote-user.js';
import { type Posted, RecordedLine } from '../support/recorded-line.js';
import { ReplicaWorld } from './replica-world.js';

/** A line on which so much waits that what is limited is refused, and whoever wants to know is told. */
class FullLine extends RecordedLine {
  refused: (id: number, error: unknown) => void = () => {};

  override post(...[id, body, { limited } = { limited: false }]: Parameters<StoreLine['post']>): void {
    if (limited) this.refused(id, new BackpressureError('Full', { peer: 'worker 1', limit: 'maxQueuedBytes' }));
    else super.post(id, body);
  }
}

/** What becomes of requests, one after the other, of somebody to whom too much is on its way already. */
async function answersTo(
  ...requests: readonly unknown[]
): Promise<{ world: ReplicaWorld; answers: readonly Posted[] }> {
  const world = new ReplicaWorld({ store: new MemoryStore() });
  await world.hub.open({ menu: 'soup' });
  const line = new FullLine();
  const access = new Access('guests');
  const user = new RemoteUser({ hub: world.hub, line, access, name: 'worker 1', maxPending: 10 });
  line.refused = (id, error) => user.refuse(id, error);
  world.hub.add(user);
  requests.forEach((request, index) => void user.take(index + 1, request));
  return { world, answers: line.takeAll().filter(([id]) => id > 0) };
}

describe('RemoteUser, where too much waits to be sent', () => {
  it('refuses what is only read', async () => {
    const { answers } = await answersTo(['attach'], 'menu', ['snapshot'], ['history', 1]);

    expect(answers).to.have.length(4);
    for (const [, body] of answers.slice(1)) expect(body).to.have.nested.property('error.code', 'CLUSTER_BACKPRESSURE');
  });

  it('tells of what has taken place: nobody holds a lock without knowing', async () => {
    const { world, answers } = await answersTo(['lock', 1, null, 'oven'], ['renew', 1, 1_000], ['set', 'menu', 'stew']);

    expect(answers).to.deep.equal([
      [1, [[2, 0]]],
      [2, true],
      [3, 3],
    ]);
    expect(world.hub.locks.size).to.equal(1);
  });

  it('says that a lock is free again, and who begins with a replica that it is complete', async () => {
    const { world, answers } = await answersTo(['lock', 1, null, 'oven'], ['unlock', 1], ['attach']);

    expect(answers.slice(1)).to.deep.equal([
      [2, true],
      [3, 2],
    ]);
    expect(world.hub.locks.size).to.equal(0);
  });
});
