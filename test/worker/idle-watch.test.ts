import type { Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { IdleWatch } from '../../lib/worker/idle-watch.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';

/** Sockets that are nothing but what a watch looks at. */
interface Fake {
  quiet: boolean;
  bytesRead: number;
  writableEnded: boolean;
  destroyed: boolean;
}

function watched(grace: number) {
  const clock = new FakeClock();
  const socket: Fake = { quiet: true, bytesRead: 0, writableEnded: false, destroyed: false };
  const idle: number[] = [];
  const watch = new IdleWatch({
    clock,
    grace,
    sockets: [socket as unknown as Socket],
    quiet: () => each => (each as unknown as Fake).quiet,
    idle: () => {
      socket.destroyed = true;
      idle.push(clock.now());
    },
  });
  const pass = async (duration: number) => {
    clock.advance(duration);
    for (let round = 0; round < 3; round += 1) await settled();
  };
  return { watch, clock, socket, idle, pass };
}

describe('IdleWatch', () => {
  it('tells of a socket that was quiet for the grace', async () => {
    const { watch, idle, pass } = watched(1_000);
    watch.begin();
    await pass(999);
    expect(idle).to.deep.equal([]);

    await pass(1);
    expect(idle).to.deep.equal([1_000]);
  });

  it('tells at once without a grace', async () => {
    const { watch, idle, pass } = watched(0);
    watch.begin();
    await pass(0);

    expect(idle).to.deep.equal([0]);
  });

  it('never tells with an endless one', async () => {
    const { watch, idle, pass } = watched(Number.POSITIVE_INFINITY);
    watch.begin();
    await pass(1_000_000);

    expect(idle).to.deep.equal([]);
  });

  it('begins anew when something went on', async () => {
    const { watch, socket, idle, pass } = watched(1_000);
    watch.begin();
    await pass(500);
    socket.quiet = false;
    await pass(1_000);
    socket.quiet = true;
    await pass(1_000);
    expect(idle).to.deep.equal([]);

    await pass(125);
    expect(idle).to.deep.equal([2_625]);
  });

  it('begins anew when something came and went between two looks', async () => {
    const { watch, socket, idle, pass } = watched(1_000);
    watch.begin();
    await pass(500);
    socket.bytesRead = 10;
    await pass(1_000);
    expect(idle).to.deep.equal([]);

    await pass(125);
    expect(idle).to.deep.equal([1_625]);
  });

  it('does not begin anew for what comes after the connection was ended', async () => {
    const { watch, socket, idle, pass } = watched(1_000);
    socket.writableEnded = true;
    watch.begin();
    for (let round = 0; round < 8; round += 1) {
      socket.bytesRead += 1;
      await pass(125);
    }

    expect(idle).to.deep.equal([1_000]);
  });

  it('has a second look when everything that waited was read', async () => {
    const { watch, clock, socket, idle, pass } = watched(1_000);
    watch.begin();
    clock.advance(1_000);
    socket.bytesRead = 10;
    await pass(0);

    expect(idle).to.deep.equal([]);
  });

  it('does not tell of one that was destroyed meanwhile', async () => {
    const { watch, clock, socket, idle, pass } = watched(1_000);
    watch.begin();
    clock.advance(1_000);
    socket.destroyed = true;
    await pass(0);

    expect(idle).to.deep.equal([]);
  });

  it('looks no more once it ended', async () => {
    const { watch, clock, idle, pass } = watched(1_000);
    watch.begin();
    clock.advance(1_000);
    watch.end();
    await pass(5_000);

    expect(idle).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });
});
