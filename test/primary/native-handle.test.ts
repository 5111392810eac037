import { Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { nativeHandle, sendable, stopReading } from '../../lib/primary/native-handle.js';
import { detach } from '../support/native-pair.js';
import { socketPair } from '../support/sockets.js';
import { until, withDeadline } from '../support/with-deadline.js';

const open: Socket[] = [];

async function pair(): Promise<[Socket, Socket]> {
  const sockets = await socketPair();
  open.push(...sockets);
  return sockets;
}

afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

describe('nativeHandle', () => {
  it('is there as long as the socket is open', async () => {
    const [accepted] = await pair();

    expect(nativeHandle(accepted)).to.have.property('readStop');
    accepted.destroy();

    expect(nativeHandle(accepted)).to.equal(undefined);
  });

  it('is none of another kind', () => {
    expect(nativeHandle(Object.assign(new Socket(), { _handle: { readStart: () => 0 } }))).to.equal(undefined);
  });
});

describe('sendable', () => {
  it('is the handle itself, so that Node knows its kind', async () => {
    const [accepted] = await pair();
    const handle = nativeHandle(accepted);

    expect(handle && sendable(handle)).to.equal(handle);
  });
});

describe('stopReading', () => {
  it('returns what was read and not looked at', async () => {
    const [accepted, client] = await pair();
    accepted.once('readable', () => {});
    client.write('caf\u00e9', 'latin1');
    await until(() => accepted.readableLength === 4, 5_000, 'text');

    expect(stopReading(accepted)).to.equal('caf\u00e9');
  });

  it('leaves all that comes later to whoever has the handle, even if the socket is asked for more', async () => {
    const [accepted, client] = await pair();
    accepted.once('data', () => stopReading(accepted));
    accepted.resume();
    client.write('first');
    await until(() => accepted.bytesRead === 5, 5_000, 'first text');

    accepted.resume();
    accepted.read();
    await new Promise(resolve => client.end('second', () => resolve(undefined)));

    expect(nativeHandle(accepted)?.reading).to.equal(false);
    expect(accepted.bytesRead).to.equal(5);
    // What Node's own `read()` would have to do is over: another socket gets it all.
    const heir = new Socket({ handle: detach(accepted) } as object);
    open.push(heir);
    const text = heir.setEncoding('latin1').toArray();
    expect((await withDeadline(text, 5_000, 'end')).join('')).to.equal('second');
  });

  it('is no error when the socket is closed', async () => {
    const [accepted] = await pair();
    accepted.destroy();

    expect(stopReading(accepted)).to.equal('');
  });
});
