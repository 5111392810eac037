import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, ReusePortError, ServeError, UnknownOptionError } from '../../lib/errors/errors.js';
import { knowsReusePort } from '../../lib/worker/listening.js';
import { resolveServeOptions, type ServeOptions } from '../../lib/worker/serve-options.js';

const hasReusePort = knowsReusePort(process.version);

describe('resolveServeOptions', () => {
  it('fills in the defaults', () => {
    expect(resolveServeOptions({ port: 0 })).to.deep.include({
      ...{ port: 0, balance: 'shared', idleGrace: 1_000, acrossGroups: false, listens: true },
    });
  });

  it('refuses a port that is not there: nobody would let the server listen', () => {
    expect(() => resolveServeOptions({ port: undefined })).to.throw(ServeError, 'give a `port` or a `path`');
  });

  for (const given of [{}, { idleGrace: 0 }]) {
    it(`leaves listening to somebody else: ${JSON.stringify(given)}`, () => {
      expect(resolveServeOptions(given)).to.include({ listens: false });
    });
  }

  for (const given of [
    { port: 80 },
    { path: '/tmp/x.sock' },
    { port: 65_535, host: '::1', ipv6Only: true, backlog: 0 },
  ]) {
    it(`takes ${JSON.stringify(given)}`, () => {
      expect(resolveServeOptions(given)).to.include({ ...given, listens: true });
    });
  }

  const invalid: readonly object[] = [
    ...[{ port: -1 }, { port: 65_536 }, { port: '80' }, { port: 1.5 }, { host: '', port: 0 }, { host: 4, port: 0 }],
    ...[{ path: '' }, { path: 'x'.repeat(1_025) }, { backlog: -1, port: 0 }, { ipv6Only: 'yes', port: 0 }],
    ...[{ balance: 'sticky', port: 0 }, { idleGrace: -1 }, { idleGrace: Number.NaN }, { acrossGroups: 1, port: 0 }],
    ...[{ idleGrace: Number.POSITIVE_INFINITY }, { host: 'x'.repeat(1_025), port: 0 }],
  ];
  for (const given of invalid) {
    it(`refuses ${JSON.stringify(given).slice(0, 60)}`, () => {
      expect(() => resolveServeOptions(given as ServeOptions)).to.throw(InvalidOptionError);
    });
  }

  it('knows what an unknown option may have meant', () => {
    expect(() => resolveServeOptions({ prot: 80 } as ServeOptions)).to.throw(
      UnknownOptionError,
      'did you mean `port`?',
    );
  });

  const contradictions: readonly (readonly [reason: string, given: ServeOptions])[] = [
    ['path and port', { path: '/tmp/x.sock', port: 80 }],
    ['path and port', { path: '/tmp/x.sock', host: '::1' }],
    ['no address', { host: '::1' }],
    ['no address', { acrossGroups: true }],
    ['no address', { balance: 'reusePort' }],
    ['path and reusePort', { path: '/tmp/x.sock', balance: 'reusePort' }],
  ];
  for (const [reason, given] of contradictions) {
    it(`refuses ${JSON.stringify(given)}: ${reason}`, () => {
      expect(() => resolveServeOptions(given))
        .to.throw(ServeError)
        .with.deep.property('details', { reason });
    });
  }

  it('takes reusePort where Node has it, and says where not', () => {
    const resolve = () => resolveServeOptions({ port: 0, balance: 'reusePort' });
    if (hasReusePort) {
      expect(resolve()).to.include({ balance: 'reusePort' });
      return;
    }
    expect(resolve)
      .to.throw(ReusePortError, `Node ${process.version} has no \`reusePort\`: it needs 23.1 or newer`)
      .with.deep.property('details', { node: process.version, platform: process.platform });
  });
});
