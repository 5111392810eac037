import { Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { rendezvous } from '../../lib/primary/rendezvous.js';
import type { RoutedListener } from '../../lib/primary/routed-connection.js';
import { RoutedConnection } from '../../lib/primary/routed-connection.js';
import { RoutedListeners } from '../../lib/primary/routed-listeners.js';

const listener = (id: number, name: string): RoutedListener => ({ id, name, hand: () => Promise.resolve() });
const connection = (key = 'key') => new RoutedConnection(new Socket(), undefined, key);

function listenersOf(...all: readonly RoutedListener[]): RoutedListeners {
  const listeners = new RoutedListeners();
  for (const each of all) listeners.add(each);
  return listeners;
}

/** Whether the promise is settled once everything that waits has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await Promise.resolve();
  await Promise.resolve();
  return settled;
}

describe('RoutedListeners', () => {
  const keys = Array.from({ length: 100 }, (_, index) => `client ${index}`);

  it('chooses by the name of the slot', () => {
    const all = ['a', 'b', 'c'].map((name, index) => listener(index, name));
    const listeners = listenersOf(...all);

    for (const key of keys) expect(listeners.choose(connection(key))).to.equal(rendezvous(all, key));
    expect(listenersOf().choose(connection())).to.equal(undefined);
  });

  it('chooses the older of two in the same slot, until it leaves', () => {
    const [old, young] = [listener(2, 'a'), listener(10, 'a')];
    for (const order of [
      [old, young],
      [young, old],
    ]) {
      const listeners = listenersOf(...order);

      expect(listeners.choose(connection())).to.equal(old);
      void listeners.leave(old);
      expect(listeners.choose(connection())).to.equal(young);
    }
  });

  it('does not choose who refused the connection', () => {
    const [first, second] = [listener(1, 'a'), listener(2, 'b')];
    const refused = connection();
    refused.refused.add(first);

    expect(listenersOf(first, second).choose(refused)).to.equal(second);
    refused.refused.add(second);
    expect(listenersOf(first, second).choose(refused)).to.equal(undefined);
  });

  it('knows what is on its way, and in which order', () => {
    const one = listener(1, 'a');
    const listeners = listenersOf(one);
    const sent = [connection(), connection(), connection()];
    for (const [index, each] of sent.entries()) listeners.sent(one, index + 7, each);

    expect(listeners.sentBefore(one, 9)).to.deep.equal([7, 8]);
    expect(listeners.arrived(one, 8)).to.equal(sent[1]);
    expect(listeners.arrived(one, 8)).to.equal(undefined);
    expect(listeners.sentBefore(one, 9)).to.deep.equal([7]);
    expect(listeners.sentBefore(one, 8)).to.deep.equal([]);
    expect(listeners.arrived(listener(2, 'a'), 7)).to.equal(undefined);
  });

  it('lets a listener leave as soon as nothing is on its way to it', async () => {
    const one = listener(1, 'a');
    const listeners = listenersOf(one);
    listeners.sent(one, 1, connection());
    const left = listeners.leave(one);
    expect(listeners.size).to.equal(0);
    expect(await isSettled(left)).to.equal(false);

    listeners.arrived(one, 1);

    await left;
    await listeners.leave(one);
    expect([...listeners.delete(one)]).to.deep.equal([]);
  });

  it('lets a listener leave at once when nothing is, or nobody knows it', async () => {
    const one = listener(1, 'a');
    const listeners = listenersOf(one);

    await listeners.leave(one);
    await listeners.leave(listener(2, 'b'));

    expect(listeners.size).to.equal(0);
  });

  it('gives back what was on its way to a listener that is lost, and waits for it no more', async () => {
    const one = listener(1, 'a');
    const listeners = listenersOf(one, listener(2, 'b'));
    const lost = connection();
    listeners.sent(one, 1, lost);
    const left = listeners.leave(one);

    expect([...listeners.delete(one)]).to.deep.equal([lost]);
    await left;
    expect(listeners.size).to.equal(1);
  });
});
