import { Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RoutedConnection } from '../../lib/primary/routed-connection.js';
import { FakeClock } from '../support/fake-clock.js';

describe('RoutedConnection', () => {
  const clock = new FakeClock();
  const connection = () => new RoutedConnection(new Socket(), undefined, 'key');

  it('waits for one thing at a time', () => {
    const fired: string[] = [];
    const waiting = connection();
    waiting.wait(clock.after(1, () => fired.push('first')));
    waiting.wait(clock.after(1, () => fired.push('second')));
    clock.advance(1);

    expect(fired).to.deep.equal(['second']);
  });

  it('waits no more when it proceeds, or is released', () => {
    for (const end of ['proceed', 'release'] as const) {
      const waiting = connection();
      waiting.wait(clock.after(1, () => expect.fail('it waited')));
      waiting[end]();
      clock.advance(1);

      expect(waiting.socket.destroyed, end).to.equal(end === 'release');
    }
  });
});
