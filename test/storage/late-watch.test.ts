import { expect } from 'chai';
import { describe, it } from 'mocha';
import { LateWatch } from '../../lib/storage/late-watch.js';
import { Watch } from '../../lib/storage/watch.js';
import { Deferred } from '../../lib/util/deferred.js';
import { changeOf, pathTo } from '../support/changes.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';

const over = { done: true, value: undefined };

function setUp() {
  const opening = new Deferred<Watch>();
  const ended: Watch[] = [];
  const watch = new Watch({
    ...{ path: pathTo('a'), version: 10, exists: true, maxQueued: 100 },
    ended: which => ended.push(which),
  });
  const push = (version: number) => watch.push({ ...changeOf(version, 'a', version), path: 'a' });
  return { opening, watch, ended, push, late: new LateWatch(opening.promise, 3) };
}

describe('LateWatch', () => {
  it('gives what the watch gives, once there is one', async () => {
    const { opening, watch, push, late } = setUp();
    const early = [late.next(), late.next()];
    push(11);
    opening.resolve(watch);
    await settled();
    push(12);
    push(13);

    expect((await Promise.all(early)).map(({ value }) => value?.version)).to.deep.equal([11, 12]);
    expect((await late.next()).value?.version).to.equal(13);
  });

  it('has the version that it was given, then that of the watch', async () => {
    const { opening, watch, push, late } = setUp();
    expect(late.version).to.equal(3);
    opening.resolve(watch);
    await settled();
    expect(late.version).to.equal(10);
    push(11);
    await late.next();

    expect(late.version).to.equal(11);
  });

  it('is its own iterator', () => {
    const { late } = setUp();

    expect(late[Symbol.asyncIterator]()).to.equal(late);
  });

  it('fails in the loop when there never is a watch', async () => {
    const { opening, late } = setUp();
    const reason = new Error('gone');
    const early = rejection(late.next());
    opening.reject(reason);

    expect(await early).to.equal(reason);
    expect(await rejection(late.next())).to.equal(reason);
  });

  it('is no crash when nobody reads it and there never is a watch', async () => {
    const { opening } = setUp();
    opening.reject(new Error('gone'));

    await settled();
  });

  it('ends the watch when it was left before', async () => {
    const { opening, watch, ended, late } = setUp();
    const early = late.next();
    expect(await late.return()).to.deep.equal(over);
    expect(await late.next()).to.deep.equal(over);
    opening.resolve(watch);

    expect(await early).to.deep.equal(over);
    expect(ended).to.deep.equal([watch]);
    expect(await late.next()).to.deep.equal(over);
  });

  it('ends the watch when it is left', async () => {
    const { opening, watch, push, ended, late } = setUp();
    opening.resolve(watch);
    await settled();
    push(11);
    await late[Symbol.asyncDispose]();

    expect(ended).to.deep.equal([watch]);
    expect(await late.next()).to.deep.equal(over);
  });
});
