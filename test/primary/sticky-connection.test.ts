import { Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { keyOf } from '../../lib/primary/sticky-connection.js';
import type { StickyConnection } from '../../lib/primary/sticky-options.js';

const socketOf = (remoteAddress?: string): Socket =>
  Object.defineProperties(new Socket(), {
    remoteAddress: { value: remoteAddress },
    remotePort: { value: 50_000 },
    localPort: { value: 80 },
  });

const none = (error: unknown) => expect.fail(String(error));

/** What `by` is told of a connection from which that text was read. */
function told(received: string | undefined, remoteAddress = '192.0.2.1'): StickyConnection {
  let connection: StickyConnection | undefined;
  const by = (given: StickyConnection) => {
    connection = given;
    return '';
  };
  keyOf(socketOf(remoteAddress), received, { by, failed: none });
  if (connection === undefined) throw new Error('`by` was not asked');

  return connection;
}

describe('keyOf', () => {
  it('is the address', () => {
    expect(keyOf(socketOf('192.0.2.1'), undefined, { by: 'ip', failed: none })).to.equal('192.0.2.1');
    expect(keyOf(socketOf('2001:db8::1'), undefined, { by: 'ip', failed: none })).to.equal('2001:db8::1');
  });

  it('is the same for a client that comes to an IPv6 listener by IPv4', () => {
    expect(keyOf(socketOf('::ffff:192.0.2.1'), undefined, { by: 'ip', failed: none })).to.equal('192.0.2.1');
  });

  it('is empty for a unix socket', () => {
    expect(keyOf(socketOf(), undefined, { by: 'ip', failed: none })).to.equal('');
  });

  it('is what `by` returns', () => {
    const by = ({ remoteAddress, remotePort, localPort }: StickyConnection) =>
      `${remoteAddress} ${remotePort} ${localPort}`;

    expect(keyOf(socketOf('192.0.2.1'), undefined, { by, failed: none })).to.equal('192.0.2.1 50000 80');
  });

  it('is the address when `by` throws, which is told', () => {
    const errors: unknown[] = [];
    const error = new Error('no soup');
    const by = () => {
      throw error;
    };

    expect(keyOf(socketOf('192.0.2.1'), undefined, { by, failed: each => errors.push(each) })).to.equal('192.0.2.1');
    expect(errors).to.deep.equal([error]);
  });

  it('is the address when `by` returns no string, be it a promise that rejects', () => {
    const errors: unknown[] = [];
    const values: unknown[] = [undefined, 7, Promise.reject(new Error('nobody sees this'))];
    for (const value of values) {
      const by = () => value as string;
      expect(keyOf(socketOf('192.0.2.1'), undefined, { by, failed: each => errors.push(each) })).to.equal('192.0.2.1');
    }

    expect(errors.map(error => (error as Error & { code: string }).code)).to.deep.equal([
      ...Array.from(values, () => 'CLUSTER_INVALID_OPTION'),
    ]);
    expect((errors[1] as Error).message).to.equal('Expected `sticky.by` to return a string, got `7` (number)');
  });
});

describe('StickyConnection', () => {
  const request = 'GET /soup?of=day HTTP/1.1\r\nHost: a\r\nCookie:  id=7; x=y \r\nX-Two: 1\r\nx-two: 2\r\n\r\n';

  it('has the head of the first request, without its body', () => {
    expect(told(`${request}Cookie: forged\r\n\r\n`).head).to.equal(request);
  });

  it('has all that was read if that is no head', () => {
    expect(told('HELLO').head).to.equal('HELLO');
  });

  it('has a header by its name in any case, the first of several', () => {
    const connection = told(request);

    expect(connection.header('cookie')).to.equal('id=7; x=y');
    expect(connection.header('X-TWO')).to.equal('1');
  });

  it('has no header that is not there, or only in the body or the first line', () => {
    const connection = told(`GET /a:b HTTP/1.1\r\nHost: a\r\n\r\nCookie: forged\r\n\r\n`);

    expect(connection.header('cookie')).to.equal(undefined);
    expect(connection.header('GET /a')).to.equal(undefined);
    expect(connection.header('')).to.equal(undefined);
  });

  it('has neither when nothing was read', () => {
    expect(told(undefined).head).to.equal(undefined);
    expect(told(undefined).header('cookie')).to.equal(undefined);
  });

  it('tells what the first request asks for', () => {
    expect(told('GET /rooms?id=7 HTTP/1.1\r\nhost: x\r\n\r\n').url).to.equal('/rooms?id=7');
    expect(told('HELLO there\r\n\r\n').url).to.equal(undefined);
    expect(told(undefined).url).to.equal(undefined);
  });
});
