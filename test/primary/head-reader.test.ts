import type { Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { readHead } from '../../lib/primary/head-reader.js';
import { FakeClock } from '../support/fake-clock.js';
import { socketPair } from '../support/sockets.js';
import { until, withDeadline } from '../support/with-deadline.js';

describe('readHead', () => {
  let clock: FakeClock;
  let accepted: Socket;
  let client: Socket;

  beforeEach(async () => {
    clock = new FakeClock();
    [accepted, client] = await socketPair();
    accepted.on('error', () => {});
    client.on('error', () => {});
  });

  afterEach(() => {
    client.destroy();
    accepted.destroy();
    expect(clock.pending).to.equal(0);
    for (const event of ['data', 'close']) expect(accepted.listenerCount(event), event).to.equal(0);
  });

  const read = () => withDeadline(readHead(accepted, { clock, timeout: 1_000 }), 5_000, 'head');
  /** Writes a part, and waits until it was read. */
  const write = async (text: string) => {
    const before = accepted.bytesRead;
    client.write(text, 'latin1');
    await until(() => accepted.bytesRead === before + text.length, 5_000, 'part');
  };

  it('brings the head, and what came with it, byte by byte as it was', async () => {
    const all = `GET / HTTP/1.1\r\nX: ${String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))}\r\n\r\nbody`;
    const head = read();

    await write(all);

    expect(await head).to.equal(all);
  });

  it('waits for a head that comes in parts, however its end is cut', async () => {
    for (const parts of [
      ['a\r', '\n\r\n'],
      ['a\r\n', '\r\n'],
      ['a\r\n\r', '\n'],
      ['a', '\r', '\n', '\r', '\n'],
    ]) {
      const [one, other] = await socketPair();
      const head = readHead(one, { clock, timeout: 1_000 });
      for (const part of parts) {
        const before = one.bytesRead;
        other.write(part);
        await until(() => one.bytesRead === before + part.length, 5_000, 'part');
      }

      expect(await withDeadline(head, 5_000, 'head'), JSON.stringify(parts)).to.equal('a\r\n\r\n');
      one.destroy();
      other.destroy();
    }
  });

  it('brings what there is when 16 KiB hold no head', async () => {
    const head = read();
    await write('x'.repeat(16 * 1024 - 1));
    expect(clock.pending).to.equal(1);
    await write('y');

    expect(await head).to.have.lengthOf(16 * 1024);
  });

  it('brings what there is when the client says no more', async () => {
    const head = read();
    client.end('GET /');

    expect(await head).to.equal('GET /');
    expect(accepted.destroyed).to.equal(false);
  });

  it('brings nothing when the client is reset', async () => {
    const head = read();
    await write('GET /');
    client.resetAndDestroy();

    expect(await head).to.equal(undefined);
  });

  it('closes a client that is too slow', async () => {
    const head = read();
    await write('GET /');
    clock.advance(999);
    expect(accepted.destroyed).to.equal(false);

    clock.advance(1);

    expect(accepted.destroyed).to.equal(true);
    expect(await head).to.equal(undefined);
  });
});
