import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { listeningAddress } from '../../lib/protocol/listening-address.js';
import type { ListeningAddress } from '../../lib/protocol/serving.js';

async function told(options: object): Promise<ListeningAddress> {
  const server = createServer();
  await once(server.listen(options), 'listening');
  const address = listeningAddress(server);
  server.close();
  return address;
}

describe('listeningAddress', () => {
  it('tells an IPv4 address and the port', async () => {
    const address = await told({ host: '127.0.0.1', port: 0 });

    expect(address).to.include({ address: '127.0.0.1', addressType: 4 });
    expect(address.port).to.be.greaterThan(0);
  });

  it('tells an IPv6 address', async function () {
    const address = await told({ host: '::1', port: 0 }).catch(() => this.skip());

    expect(address).to.include({ address: '::1', addressType: 6 });
  });

  it('tells the path of a unix socket', async () => {
    const path = join(tmpdir(), `phased-cluster-address-${process.pid}`);

    expect(await told({ path })).to.deep.equal({ address: path, port: undefined, addressType: -1 });
  });
});
