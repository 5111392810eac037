import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Connections } from '../../lib/worker/connections.js';
import { socketPair } from '../support/sockets.js';
import { withDeadline } from '../support/with-deadline.js';

describe('Connections', () => {
  let accepted: Socket;
  let client: Socket;

  beforeEach(async () => {
    [accepted, client] = await socketPair();
  });

  afterEach(() => {
    accepted.destroy();
    client.destroy();
  });

  it('holds a socket until it is closed', async () => {
    const connections = new Connections();

    expect(connections.add(accepted)).to.equal(true);
    expect([...connections]).to.deep.equal([accepted]);
    expect(connections.has(accepted)).to.equal(true);

    accepted.destroy();
    await once(accepted, 'close');
    expect(connections.size).to.equal(0);
    expect(connections.has(accepted)).to.equal(false);
  });

  it('takes a socket once', () => {
    const connections = new Connections();
    connections.add(accepted);
    const listeners = accepted.listenerCount('close');

    expect(connections.add(accepted)).to.equal(false);
    expect(connections.size).to.equal(1);
    expect(accepted.listenerCount('close')).to.equal(listeners);
  });

  it('takes no socket that is closed', async () => {
    accepted.destroy();
    await once(accepted, 'close');

    expect(new Connections().add(accepted)).to.equal(false);
  });

  it('tells of each that closed, which it holds no longer', async () => {
    const told: unknown[] = [];
    const connections = new Connections(socket => told.push(socket, connections.size));
    connections.add(accepted);

    accepted.destroy();
    await once(accepted, 'close');
    expect(told).to.deep.equal([accepted, 0]);
  });

  describe('#empty', () => {
    it('resolves at once when none is open', () => withDeadline(new Connections().empty(), 1_000, 'empty()'));

    it('resolves for everyone when the last one is closed', async () => {
      const connections = new Connections();
      connections.add(accepted);
      connections.add(client);
      const order: string[] = [];
      const all = [1, 2].map(async () => {
        await connections.empty();
        order.push('empty');
      });

      accepted.destroy();
      await once(accepted, 'close');
      order.push('one left');
      client.destroy();
      await withDeadline(Promise.all(all), 1_000, 'empty()');

      expect(order).to.deep.equal(['one left', 'empty', 'empty']);
    });

    it('waits anew for sockets that come later', async () => {
      const connections = new Connections();
      connections.add(client);
      client.destroy();
      await connections.empty();

      connections.add(accepted);
      let isEmpty = false;
      const empty = connections.empty().then(() => {
        isEmpty = true;
      });
      await new Promise(resolve => setImmediate(resolve));
      expect(isEmpty).to.equal(false);

      connections.destroyAll();
      await withDeadline(empty, 1_000, 'empty()');
    });
  });

  describe('#destroyAll', () => {
    it('destroys each', async () => {
      const connections = new Connections();
      connections.add(accepted);
      connections.add(client);

      connections.destroyAll();

      expect([accepted.destroyed, client.destroyed]).to.deep.equal([true, true]);
      await withDeadline(connections.empty(), 1_000, 'empty()');
    });
  });
});
