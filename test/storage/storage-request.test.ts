import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ClusterError } from '../../lib/errors/cluster-error.js';
import { InvalidOptionError } from '../../lib/errors/errors.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import {
  decodeRequest,
  encodeRequest,
  mostWrites,
  notUnderstood,
  type StorageRequest,
} from '../../lib/storage/storage-request.js';
import { hostileBody } from '../support/hostile-bodies.js';
import { roomy, write } from './opened-store.js';

const travelled = (request: StorageRequest) => decodeRequest(JSON.parse(JSON.stringify(encodeRequest(request))), roomy);
const path = parsePath('a.b');

describe('encodeRequest', () => {
  const requests: readonly StorageRequest[] = [
    { type: 'get', path },
    { type: 'get', path: parsePath('') },
    { type: 'entry', path },
    { type: 'keys', path },
    { type: 'commit', writes: [write.set('a', { b: 1 })] },
    { type: 'commit', writes: [write.increment('a', 1), write.check('b', 0)] },
    { type: 'commit', writes: [] },
    { type: 'snapshot' },
    { type: 'attach' },
    { type: 'history', since: 7 },
    { type: 'lock', id: 3, name: 'leader', ttl: 500 },
    { type: 'lock', id: 3, name: 'leader', ttl: Number.POSITIVE_INFINITY },
    { type: 'renew', id: 3, ttl: 0.5 },
    { type: 'renew', id: 3, ttl: Number.POSITIVE_INFINITY },
    { type: 'unlock', id: 3 },
  ];
  for (const request of requests) {
    it(`brings ${JSON.stringify(encodeRequest(request))} back`, () => {
      const essence = (each: StorageRequest) =>
        JSON.parse(JSON.stringify(each, (_, value) => (value === Number.POSITIVE_INFINITY ? 'for ever' : value)));

      expect(essence(travelled(request))).to.deep.equal(essence(request));
    });
  }

  it('says what is most frequent with nothing around it', () => {
    expect(encodeRequest({ type: 'get', path })).to.equal('a.b');
    expect(encodeRequest({ type: 'commit', writes: [write.set('a', 1)] })).to.deep.equal(['set', 'a', 1]);
  });
});

describe('decodeRequest', () => {
  it('refuses what makes no sense, whatever a channel can bring, with an error of the library', () => {
    fc.assert(
      fc.property(hostileBody, body => {
        try {
          decodeRequest(body, roomy);
        } catch (error) {
          expect(error).to.be.instanceOf(ClusterError);
        }
        expect(Reflect.ownKeys(Object.prototype)).to.have.lengthOf(12);
      }),
      { numRuns: 2_000 },
    );
  });

  for (const [what, body] of [
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', { type: 'get', path: 'a' }],
    ['an unknown type', ['steal', 'a']],
    ['a history since yesterday', ['history', 'yesterday']],
    ['a history since a fraction', ['history', 0.5]],
    ['a lock without id', ['lock', undefined, null, 'leader']],
    ['a lock with a negative id', ['lock', -1, null, 'leader']],
    ['a lock for no time', ['lock', 1, 0, 'leader']],
    ['a lock for less', ['lock', 1, -5, 'leader']],
    ['a lock for no number', ['lock', 1, Number.NaN, 'leader']],
    ['a lock for text', ['renew', 1, '5']],
    ['no lock to release', ['unlock']],
    ['a transaction of no list', ['all', 'everything']],
    ['a transaction within a transaction', ['all', [['all', []]]]],
    ['a transaction of holes', ['all', new Array(3)]],
    ['a transaction that is too long', ['all', new Array(mostWrites + 1).fill(['delete', 'a'])]],
    ['a transaction of four billion holes', ['all', new Array(2 ** 32 - 1)]],
  ] as const) {
    it(`refuses ${what}`, () => expect(() => decodeRequest(body, roomy)).to.throw(InvalidOptionError));
  }

  it('takes a transaction that is as long as it may be', () => {
    const { type, writes } = decodeRequest(
      ['all', new Array(mostWrites).fill(['delete', 'a'])],
      roomy,
    ) as StorageRequest & { type: 'commit' };

    expect(type).to.equal('commit');
    expect(writes).to.have.lengthOf(mostWrites);
  });
});

describe('notUnderstood', () => {
  it('shows no more than a little of what came', () => {
    const error = notUnderstood('x'.repeat(100_000));

    expect(error.message).to.match(/^Expected a request to the shared storage to make sense, got /);
    expect(JSON.stringify(error.details).length + error.message.length).to.be.below(500);
  });
});
