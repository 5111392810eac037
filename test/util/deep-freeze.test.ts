import { expect } from 'chai';
import { describe, it } from 'mocha';
import { deepFreeze } from '../../lib/util/deep-freeze.js';

describe('deepFreeze', () => {
  it('freezes everything in plain data, in place', () => {
    const data = { a: { b: [{ c: 1 }, []] }, d: null };

    expect(deepFreeze(data)).to.equal(data);

    for (const part of [data, data.a, data.a.b, data.a.b[0], data.a.b[1]]) expect(part).to.be.frozen;
  });

  it('gives back what cannot be frozen', () => {
    for (const value of [1, 'text', null, undefined, true]) expect(deepFreeze(value)).to.equal(value);
  });

  it('takes what is frozen for frozen throughout, so that no part is looked at twice', () => {
    let looks = 0;
    const inner = Object.freeze({
      get a() {
        looks++;
        return 1;
      },
    });

    deepFreeze([inner, inner]);

    expect(looks).to.equal(0);
  });
});
