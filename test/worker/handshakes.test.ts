import type { Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Handshakes } from '../../lib/worker/handshakes.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';
import { socketPair } from '../support/sockets.js';
import { withDeadline } from '../support/with-deadline.js';

// TLS itself is tested with `HttpDrain`.
describe('Handshakes', () => {
  let clock: FakeClock;
  let handshakes: Handshakes;
  let raw: Socket;
  let other: Socket;

  beforeEach(async () => {
    clock = new FakeClock();
    handshakes = new Handshakes({ clock, idleGrace: 1_000 });
    [raw, other] = await socketPair();
  });

  afterEach(() => {
    handshakes.release();
    raw.destroy();
    other.destroy();
  });

  async function pass(duration: number): Promise<void> {
    clock.advance(duration);
    for (let round = 0; round < 3; round += 1) await settled();
  }

  it('closes those that shake hands for longer than the grace', async () => {
    handshakes.add(raw);
    handshakes.begin();
    handshakes.begin();
    await pass(1_000);

    await withDeadline(handshakes.empty(), 5_000, 'end');
    expect([handshakes.connections, handshakes.idle]).to.deep.equal([1, 1]);
  });

  it('leaves those alone on which TLS was agreed on', async () => {
    handshakes.add(raw);
    handshakes.secured(Object.assign(other, { _parent: raw }));
    handshakes.begin();
    await pass(5_000);
    handshakes.cut();

    expect(handshakes.size).to.equal(1);
    expect(raw.destroyed).to.equal(false);
    expect(handshakes.idle).to.equal(0);
  });

  it('counts a TLS socket whose connection it does not know', async () => {
    handshakes.begin();
    handshakes.secured(raw);
    await pass(5_000);

    expect([handshakes.size, handshakes.connections, handshakes.idle]).to.deep.equal([1, 1, 0]);
  });

  it('destroys those that come after it was cut', () => {
    handshakes.cut();
    handshakes.add(raw);

    expect(raw.destroyed).to.equal(true);
    expect([handshakes.connections, handshakes.idle]).to.deep.equal([1, 1]);
  });
});
