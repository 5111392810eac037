import { expect } from 'chai';
import { describe, it } from 'mocha';
import { codecRule } from '../../lib/channel/codec.js';
import { bytesCodec, textCodec } from '../support/codecs.js';

describe('codecRule', () => {
  it('takes codecs, classes among them, whatever they carry', () => {
    class Reversed {
      readonly name = 'reversed';
      encode(): string {
        return '';
      }
      decode(): unknown {
        return undefined;
      }
    }
    const codecs = [textCodec, bytesCodec, new Reversed(), { ...textCodec, carries: undefined }];

    expect(codecs.filter(codec => !codecRule.accepts(codec))).to.deep.equal([]);
  });

  it('refuses everything else', () => {
    const { name, encode, decode } = textCodec;
    const values = [
      undefined,
      'msgpackr',
      [textCodec],
      { encode, decode },
      { name: '', encode, decode },
      { name: 'a\0b', encode, decode },
      { name: 7, encode, decode },
      { name, encode },
      { name, decode },
      { name, encode, decode, carries: 'everything' },
    ];

    expect(values.filter(value => codecRule.accepts(value))).to.deep.equal([]);
  });
});
