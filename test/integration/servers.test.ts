import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { firstWorker, next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { exchange, fetchText } from '../support/sockets.js';

const make = (listen: object, options: ClusterPrimaryOptions = {}) => {
  const workerEnv = { LISTEN: JSON.stringify(listen) };
  const primary = new ClusterPrimary({ workerScript: fixture('waiter'), workerEnv, workerCount: 2, ...options });
  // Where they listen they tell by message, too: without a subscriber that would be a warning.
  primary.on('workerMessage', () => {});
  return primary;
};

describe('servers', () => {
  leavesNothingBehind();

  it('of two workers share one port, and both answer', async () => {
    await using primary = make({ kind: 'http', port: 0, host: '127.0.0.1' });
    const addresses = next(primary, 'workerListening', 2);
    await primary.ready;
    const [first, second] = (await addresses).map(({ address }) => address);
    const port = first?.port ?? 0;

    const answers = [];
    for (let i = 0; i < 8; i++) answers.push(await fetchText({ port }));

    expect(port).to.equal(second?.port).and.to.be.greaterThan(0);
    expect(new Set(answers)).to.deep.equal(new Set(['default-0', 'default-1']));
  });

  it('of a replacement has the port of the worker before it', async () => {
    await using primary = make({ kind: 'http', port: 0, host: '127.0.0.1' });
    const addresses = next(primary, 'workerListening', 2);
    await primary.ready;
    const port = (await addresses)[0]?.address.port;
    const again = nextOf(primary, 'workerListening');

    firstWorker(primary).kill('SIGKILL');

    expect((await again).address.port).to.equal(port);
  });

  const kinds: [string, object, object][] = [
    ['TCP on an IPv4 address', { kind: 'net', port: 0, host: '127.0.0.1' }, { address: '127.0.0.1', addressType: 4 }],
    ['TCP on an IPv6 address', { kind: 'net', port: 0, host: '::1' }, { address: '::1', addressType: 6 }],
    ['UDP on an IPv4 address', { kind: 'udp4' }, { address: '127.0.0.1', addressType: 'udp4' }],
    ['UDP on an IPv6 address', { kind: 'udp6' }, { address: '::1', addressType: 'udp6' }],
  ];
  for (const [title, listen, expected] of kinds) {
    it(`tell where they listen: ${title}`, async () => {
      await using primary = make(listen, { workerCount: 1 });
      const listening = nextOf(primary, 'workerListening');
      await primary.ready;

      const { address, worker } = await listening;

      expect(address).to.include(expected).and.to.have.property('port').that.is.greaterThan(0);
      expect(worker).to.equal(firstWorker(primary));
    });
  }

  it('tell where they listen: a unix socket, which answers', async () => {
    const path = join(tmpdir(), `phased-cluster-${process.pid}.sock`);
    await using primary = make({ kind: 'http', path }, { workerCount: 1 });
    const listening = nextOf(primary, 'workerListening');
    await primary.ready;

    expect((await listening).address).to.include({ address: path, addressType: -1 });
    expect(await fetchText({ socketPath: path })).to.equal('default-0');
  });

  it('answer datagrams', async () => {
    await using primary = make({ kind: 'udp4' });
    const listening = nextOf(primary, 'workerListening');
    await primary.ready;

    expect(await exchange('udp4', (await listening).address.port ?? 0)).to.match(/^default-[01]$/);
  });
});
