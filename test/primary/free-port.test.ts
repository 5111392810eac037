import { expect } from 'chai';
import { describe, it } from 'mocha';
import { freePort } from '../../lib/primary/free-port.js';
import { localServer } from '../support/sockets.js';
import { rejection } from '../support/thrown.js';

describe('freePort', () => {
  for (const host of ['127.0.0.1', '::1', undefined]) {
    it(`finds a port on which one can listen: ${host ?? 'on all addresses'}`, async () => {
      const port = await freePort(host);
      const { createServer } = await import('node:net');
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port, ...(host !== undefined && { host }) }, resolve);
      });

      expect(server.address()).to.include({ port });
      await new Promise(resolve => server.close(resolve));
    });
  }

  it('finds none that is in use', async () => {
    const { server, port } = await localServer();

    expect(await freePort('127.0.0.1')).to.not.equal(port);
    server.close();
  });

  it('says why it cannot', async () => {
    expect(await rejection(freePort('192.0.2.1'))).to.include({ code: 'EADDRNOTAVAIL' });
  });
});
