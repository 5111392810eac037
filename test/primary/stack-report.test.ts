import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readStackReport } from '../../lib/primary/stack-report.js';

describe('readStackReport', () => {
  const frames = ['spin (file:///app.js:1:2)', 'run (file:///app.js:9:1)'];

  it('reads the frames of an answer', () => {
    expect(readStackReport(JSON.stringify([3, ...frames]), 3)).to.deep.equal(frames).and.be.frozen;
  });

  it('ignores the answer to another question', () => {
    expect(readStackReport(JSON.stringify([2, ...frames]), 3)).to.equal(undefined);
  });

  it('takes an answer without frames for none', () => {
    expect(readStackReport('[3]', 3)).to.equal(undefined);
  });

  it('takes anything else for no report', () => {
    const others = ['', '{', 'null', '3', '"3"', '{"0":3,"1":"x"}', '[3,4]', '[3,"x",null]', '[3,["x"]]', '[[3],"x"]'];
    for (const other of others) expect(readStackReport(other, 3), other).to.equal(undefined);
  });

  it('keeps no more than anybody reads', () => {
    const stack = readStackReport(JSON.stringify([0, ...new Array(5_000).fill('x'.repeat(5_000))]), 0);

    expect(stack).to.have.lengthOf(50);
    expect(stack?.[0]).to.have.lengthOf(1_024);
  });
});
