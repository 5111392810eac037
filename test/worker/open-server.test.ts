import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { AddressTakenError, DestroyedError, ReusePortError, ServeError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { openServer } from '../../lib/worker/open-server.js';
import { resolveServeOptions, type ServeOptions } from '../../lib/worker/serve-options.js';
import { FakeLine } from '../support/served.js';
import { localServer } from '../support/sockets.js';
import { rejection } from '../support/thrown.js';

const host = '127.0.0.1';

describe('openServer', () => {
  let server: Server;
  let line: FakeLine;
  let closings: number;
  const closed = () => void closings++;

  beforeEach(() => {
    server = createServer();
    line = new FakeLine();
    closings = 0;
  });

  afterEach(() => void server.close());

  const open = (given: ServeOptions, isOver = () => false) => {
    const { listens, ...options } = resolveServeOptions(given);
    return openServer({ server, options, listens, line, isOver, closed });
  };

  it('asks the primary first, with an address instead of a name', async () => {
    const { address, routed } = await open({ port: 0, host: 'localhost', backlog: 9, ipv6Only: true });
    const [word] = line.said;

    expect(address.port).to.be.greaterThan(0);
    expect(routed).to.equal(undefined);
    expect(word).to.deep.equal({
      act: 'listen',
      spec: {
        ...{ host: address.address, port: 0, path: undefined, balance: 'shared', acrossGroups: false },
        ...{ backlog: 9, ipv6Only: true },
      },
    });
  });

  it('listens on the port that the primary names', async () => {
    const { server: other, port } = await localServer();
    await new Promise(resolve => other.close(resolve));
    line.answers = [{ act: 'bind', port }];

    expect((await open({ port: 0, host })).address).to.include({ port, address: host });
  });

  it('does not listen before the primary has answered', async () => {
    line.silent = true;
    const opened = open({ port: 0, host });
    await new Promise(resolve => setImmediate(resolve));
    expect(server.listening).to.equal(false);
    line.answer();

    expect((await opened).address.address).to.equal(host);
  });

  it('fails with what the primary says', async () => {
    const details = { address: '*:80', group: 'web', holder: 'api' };
    line.answers = [{ act: 'refuse', error: toWireError(new AddressTakenError('taken', details)) }];
    const failure = await rejection(open({ port: 80 }));

    expect(failure).to.be.instanceOf(AddressTakenError).with.deep.property('details', details);
    expect(server.listening).to.equal(false);
  });

  it('fails with the code that Node has given to the primary', async () => {
    const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    line.answers = [{ act: 'refuse', error: toWireError(error) }];

    expect(await rejection(open({ port: 80 }))).to.include({ code: 'EACCES', message: 'listen EACCES' });
  });

  it('fails with what Node says here', async () => {
    const { server: other, port } = await localServer();

    expect(await rejection(open({ port, host }))).to.include({ code: 'EADDRINUSE' });
    expect(line.acts).to.deep.equal(['listen']);
    other.close();
  });

  it('fails for a name that nobody has, and asks nobody', async () => {
    await rejection(open({ port: 0, host: 'nobody.invalid' }));

    expect(line.said).to.deep.equal([]);
  });

  it('fails when the channel does', async () => {
    line.silent = true;
    const failure = rejection(open({ port: 0, host }));
    await new Promise(resolve => setImmediate(resolve));
    const error = new Error('gone');
    line.breaks(error);

    expect(await failure).to.equal(error);
  });

  it('does not listen when nobody waits for it any more', async () => {
    expect(await rejection(open({ port: 0, host }, () => true))).to.be.instanceOf(DestroyedError);
    expect(server.listening).to.equal(false);
  });

  it('refuses a server that listens already', async () => {
    await new Promise<void>(resolve => server.listen(0, host, resolve));

    expect(await rejection(open({ port: 0, host }))).to.be.instanceOf(ServeError);
    expect(line.said).to.deep.equal([]);
  });

  describe('when somebody else lets it listen', () => {
    it('waits for that, and asks nobody', async () => {
      const opened = open({});
      server.listen(0, host);

      expect((await opened).address.address).to.equal(host);
      expect(line.said).to.deep.equal([]);
    });

    it('takes one that listens already', async () => {
      await new Promise<void>(resolve => server.listen(0, host, resolve));

      expect((await open({ idleGrace: 5 })).address.address).to.equal(host);
    });
  });

  describe('on any port, when somebody is faster', () => {
    it('says so, and asks for another', async () => {
      const { server: other, port } = await localServer();
      line.answers = [{ act: 'bind', port }, { act: 'bind', port }, { act: 'bind' }];
      const { address } = await open({ port: 0, host });

      expect(address.port).to.not.equal(port);
      expect(line.acts).to.deep.equal(['listen', 'failed', 'listen', 'failed', 'listen']);
      other.close();
    });

    it('gives up after three', async () => {
      const { server: other, port } = await localServer();
      line.answers = [{ act: 'bind', port }];

      expect(await rejection(open({ port: 0, host }))).to.include({ code: 'EADDRINUSE' });
      expect(line.acts).to.deep.equal(['listen', 'failed', 'listen', 'failed', 'listen']);
      other.close();
    });
  });

  describe('when the primary listens', () => {
    it('lets the server believe that it does', async () => {
      const address = { address: host, port: 4_000, addressType: 4 } as const;
      line.answers = [{ act: 'route', address }];
      const opened = await open({ port: 4_000, host });

      expect(opened.address).to.deep.equal(address);
      expect(opened.routed?.accepting).to.equal(true);
      expect(server.listening).to.equal(true);
      expect(server.address()).to.include({ address: host, port: 4_000 });
    });

    it('tells when somebody closes the server: connections would come to nobody', async () => {
      line.answers = [{ act: 'route', address: { address: host, port: 4_000, addressType: 4 } }];
      await open({ port: 4_000, host });

      server.close();

      expect(closings).to.equal(1);
    });
  });

  describe('with reusePort', () => {
    const own = () => {
      const { listens: _, ...options } = resolveServeOptions({ port: 0, host });
      const reusing = { ...options, balance: 'reusePort' } as const;
      return openServer({ server, options: reusing, listens: true, line, closed, isOver: () => false });
    };

    it('asks Node for it', async () => {
      const listen = server.listen.bind(server);
      const asked: unknown[] = [];
      server.listen = (options: unknown) => {
        asked.push(options);
        return listen({ port: 0, host });
      };

      expect((await own()).address.address).to.equal(host);
      expect(asked).to.deep.equal([{ port: 0, host, reusePort: true }]);
    });

    it('says that the operating system has none', async () => {
      const error = Object.assign(new Error('listen ENOTSUP'), { code: 'ENOTSUP' });
      server.listen = () => {
        throw error;
      };

      const failure = await rejection(own());
      expect(failure).to.be.instanceOf(ReusePortError).with.property('cause', error);
      expect(failure.details).to.deep.equal({ node: process.version, platform: process.platform });
    });

    it('fails with everything else that Node says', async () => {
      const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
      server.listen = () => {
        throw error;
      };

      expect(await rejection(own())).to.equal(error);
    });
  });
});
