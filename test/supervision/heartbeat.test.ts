import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Heartbeat } from '../../lib/supervision/heartbeat.js';

/** A worker that has to beat every 100 ms, and has begun to at 1000. */
const begin = (misses = 3) => new Heartbeat({ interval: 100, misses }, 1_000);

describe('Heartbeat', () => {
  it('says that a worker hangs after so many intervals without a beat', () => {
    const judge = begin();

    expect(judge.limit).to.equal(300);
    expect(judge.look(1_299, 0)).to.equal(false);
    expect(judge.look(1_300, 0)).to.equal(true);
    expect(judge.look(1_400, 0)).to.equal(true);
  });

  it('begins to count anew with each beat', () => {
    const judge = begin();
    judge.beat(1_290);

    expect(judge.look(1_589, 0)).to.equal(false);
    expect(judge.look(1_590, 0)).to.equal(true);

    judge.beat(1_600);
    expect(judge.look(1_600, 0)).to.equal(false);
  });

  it('blames no worker when it looks too late itself, and begins to count anew', () => {
    const judge = begin();

    expect(judge.look(9_000, 51)).to.equal(false);
    expect(judge.look(9_299, 0)).to.equal(false);
    expect(judge.look(9_300, 0)).to.equal(true);
  });

  it('takes a delay of half an interval for none', () => {
    expect(begin().look(1_350, 50)).to.equal(true);
  });

  it('lets a worker that is debugged stand still, until it says that it no longer is', () => {
    const judge = begin();
    judge.beat(1_100, true);
    expect(judge.look(60_000, 0)).to.equal(false);

    judge.beat(70_000);

    expect(judge.look(70_300, 0)).to.equal(true);
  });

  it('can be made to forgive', () => {
    const judge = begin(1);
    judge.renew(1_100);

    expect(judge.look(1_199, 0)).to.equal(false);
    expect(judge.look(1_200, 0)).to.equal(true);
  });
});
