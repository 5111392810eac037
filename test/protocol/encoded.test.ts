import { expect } from 'chai';
import { describe, it } from 'mocha';
import { decode, encode, isEncoded, portable } from '../../lib/protocol/encoded.js';

const batch = [[2, 0, { text: 'é"\\\n' }]];
const rich = [[2, 0, new Map([[1n, new Date(5)]])]];

describe('encoded', () => {
  it('is text or bytes, whichever the channel carries, and comes back', () => {
    const [text, bytes] = [encode(batch, 'json'), encode(rich, 'advanced')];

    expect([typeof text, bytes]).to.deep.equal(['string', Buffer.from(bytes as Uint8Array)]);
    expect([decode(text), decode(bytes)]).to.deep.equal([batch, rich]);
    expect([text, bytes, [], 7, undefined, {}].map(isEncoded)).to.deep.equal([true, true, false, false, false, false]);
  });

  it('throws what the encoder throws', () => {
    expect(() => encode([1n], 'json')).to.throw(TypeError);
    expect(() => encode([() => {}], 'advanced')).to.throw(Error);
  });

  for (const garbage of ['', 'b', 'b!!!', '[', 'bAAAA', Buffer.alloc(0), Buffer.from([255, 255, 255])]) {
    it(`throws for ${JSON.stringify(garbage)}`, () => {
      expect(() => decode(garbage)).to.throw(Error);
    });
  }
});

describe('portable', () => {
  it('changes nothing that the channel can carry', () => {
    const [text, bytes] = [encode(batch, 'json'), encode(rich, 'advanced')];

    expect([portable(text, 'json'), portable(text, 'advanced')]).to.deep.equal([text, text]);
    expect(portable(bytes, 'advanced')).to.equal(bytes);
  });

  it('makes text of bytes where only that goes, also of a part of a buffer', () => {
    const bytes = Buffer.concat([Buffer.from('before'), encode(rich, 'advanced') as Uint8Array, Buffer.from('after')]);
    const text = portable(bytes.subarray(6, bytes.length - 5), 'json');

    expect(JSON.parse(JSON.stringify(text))).to.equal(text);
    expect(decode(text)).to.deep.equal(rich);
  });
});
