import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { isServeWord, longestHost } from '../../lib/protocol/serve-guard.js';
import type { ServeWord } from '../../lib/protocol/serving.js';

const spec = { host: '127.0.0.1', port: 80, balance: 'shared', acrossGroups: false } as const;
const address = { address: '::1', port: 80, addressType: 6 } as const;
const report = { connections: 3, idle: 1, handedOver: 1, cut: 1, resets: 0, duration: 0.5 };

const words: readonly ServeWord[] = [
  { act: 'listen', spec },
  { act: 'listen', spec: { ...spec, host: undefined, port: 0, backlog: 511, ipv6Only: true } },
  { act: 'listen', spec: { path: '/tmp/x.sock', balance: 'reusePort', acrossGroups: true } },
  { act: 'listening', address },
  { act: 'listening', address: { address: '/tmp/x.sock', port: undefined, addressType: -1 } },
  { act: 'listening', address: { address: null, port: 65_535, addressType: 4 } },
  { act: 'failed' },
  { act: 'taken', connection: 1, accepted: false },
  { act: 'close' },
  { act: 'closed', address, report },
];

describe('isServeWord', () => {
  for (const word of words) {
    it(`accepts ${JSON.stringify(word)}, also after JSON`, () => {
      expect(isServeWord(word)).to.equal(true);
      expect(isServeWord(JSON.parse(JSON.stringify(word)))).to.equal(true);
    });
  }

  const refused: readonly (readonly [what: string, word: unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'close'],
    ['an array', ['close']],
    ['no act', {}],
    ['an act of Object', { act: 'constructor' }],
    ['an act that is no text', { act: ['close'] }],
    ['an order of the primary', { act: 'bind' }],
    ['no spec', { act: 'listen' }],
    ['no address', { act: 'listen', spec: { balance: 'shared', acrossGroups: false } }],
    ['a port and a path', { act: 'listen', spec: { ...spec, path: '/tmp/x.sock' } }],
    ['a port that there is not', { act: 'listen', spec: { ...spec, port: 65_536 } }],
    ['a negative port', { act: 'listen', spec: { ...spec, port: -1 } }],
    ['a port in words', { act: 'listen', spec: { ...spec, port: '80' } }],
    ['half a port', { act: 'listen', spec: { ...spec, port: 80.5 } }],
    ['a host that is no text', { act: 'listen', spec: { ...spec, host: {} } }],
    ['an endless host', { act: 'listen', spec: { ...spec, host: 'x'.repeat(longestHost + 1) } }],
    ['an unknown balance', { act: 'listen', spec: { ...spec, balance: 'sticky' } }],
    ['no balance', { act: 'listen', spec: { ...spec, balance: undefined } }],
    ['no word about groups', { act: 'listen', spec: { ...spec, acrossGroups: undefined } }],
    ['an endless backlog', { act: 'listen', spec: { ...spec, backlog: Number.POSITIVE_INFINITY } }],
    ['ipv6Only that is no boolean', { act: 'listen', spec: { ...spec, ipv6Only: 1 } }],
    ['an address of UDP', { act: 'listening', address: { ...address, addressType: 'udp4' } }],
    ['an address without a type', { act: 'listening', address: { port: 80 } }],
    ['an address of a number', { act: 'listening', address: { ...address, address: 127 } }],
    ['an address at a port that there is not', { act: 'listening', address: { ...address, port: 1e9 } }],
    ['a connection without a number', { act: 'taken', accepted: true }],
    ['connection 0', { act: 'taken', connection: 0, accepted: true }],
    ['neither taken nor refused', { act: 'taken', connection: 1 }],
    ['no report', { act: 'closed', address }],
    ['half a report', { act: 'closed', address, report: { connections: 1 } }],
    ['a report of NaN', { act: 'closed', address, report: { ...report, cut: Number.NaN } }],
    ['a report of less than nothing', { act: 'closed', address, report: { ...report, idle: -1 } }],
    ['a report of everything', { act: 'closed', address, report: { ...report, ...Array.from({ length: 99 }) } }],
  ];
  for (const [what, word] of refused) {
    it(`refuses ${what}`, () => {
      expect(isServeWord(word)).to.equal(false);
    });
  }

  it('never throws, and says yes or no', () => {
    const act = fc.constantFrom('listen', 'listening', 'failed', 'taken', 'close', 'closed', '__proto__', 'toString');
    const field = fc.oneof(fc.anything(), fc.record({ port: fc.anything(), address: fc.anything() }));
    const word = fc.record({ act, spec: field, address: field, report: field, connection: field, accepted: field });

    fc.assert(
      fc.property(fc.oneof(fc.anything(), word), value => {
        expect(isServeWord(value)).to.be.a('boolean');
      }),
      { numRuns: 1_000 },
    );
  });
});
