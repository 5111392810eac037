import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Acquaintances } from '../../lib/primary/acquaintances.js';

describe('Acquaintances', () => {
  it('know each other both ways, and nobody itself', () => {
    const acquaintances = new Acquaintances<string>();
    acquaintances.introduce('ann', 'bob');
    acquaintances.introduce('ann', 'bob');
    acquaintances.introduce('cid', 'ann');
    acquaintances.introduce('dan', 'dan');

    expect(['ann', 'bob', 'cid', 'dan'].map(name => [...acquaintances.of(name)])).to.deep.equal([
      ...[['bob', 'cid'], ['ann'], ['ann'], []],
    ]);
  });

  it('forget one that is gone, and everybody who knows nobody else', () => {
    const acquaintances = new Acquaintances<string>();
    acquaintances.introduce('ann', 'bob');
    acquaintances.introduce('ann', 'cid');
    acquaintances.introduce('cid', 'bob');

    expect(acquaintances.remove('ann')).to.deep.equal(['bob', 'cid']);
    expect([acquaintances.size, [...acquaintances.of('bob')]]).to.deep.equal([2, ['cid']]);
    acquaintances.remove('bob');
    expect([acquaintances.size, acquaintances.remove('bob')]).to.deep.equal([0, []]);
  });

  it('of a thousand replacements leave nothing', () => {
    const acquaintances = new Acquaintances<number>();
    for (let worker = 1; worker <= 1_000; worker++) {
      acquaintances.introduce(0, worker);
      acquaintances.remove(worker);
    }

    expect(acquaintances.size).to.equal(0);
  });
});
