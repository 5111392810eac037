import { expect } from 'chai';
import { describe, it } from 'mocha';
import { EarlyCalls } from '../../lib/storage/early-calls.js';
import { rejection } from '../support/thrown.js';

describe('EarlyCalls', () => {
  it('makes the calls in their order, at once, when what they need is there', async () => {
    const early = new EarlyCalls<string>();
    const log: string[] = [];
    const results = [1, 2, 3].map(number => early.add(async there => log.push(`${there} ${number}`)));
    expect(log).to.deep.equal([]);
    early.arrived('store');

    expect(log).to.deep.equal(['store 1', 'store 2', 'store 3']);
    expect(await Promise.all(results)).to.deep.equal([1, 2, 3]);
  });

  it('makes each call once', async () => {
    const early = new EarlyCalls<number>();
    const result = early.add(async there => there);
    early.arrived(1);
    early.arrived(2);
    early.failed(new Error('too late'));

    expect(await result).to.equal(1);
  });

  it('rejects with what a call fails with, and makes the others', async () => {
    const early = new EarlyCalls<number>();
    const error = new Error('no');
    const results = [early.add(() => Promise.reject(error)), early.add(async there => there)];
    early.arrived(5);

    expect(await rejection(results[0] as Promise<number>)).to.equal(error);
    expect(await results[1]).to.equal(5);
  });

  it('rejects those that wait when it is not going to be there, and takes new ones', async () => {
    const early = new EarlyCalls<number>();
    const reason = new Error('never');
    const waiting = [1, 2].map(() => rejection(early.add(async there => there)));
    early.failed(reason);
    const later = early.add(async there => there);
    early.arrived(7);

    expect(await Promise.all(waiting)).to.deep.equal([reason, reason]);
    expect(await later).to.equal(7);
  });
});
