import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ignorable } from '../../lib/util/ignorable.js';

describe('ignorable', () => {
  it('gives the promise itself, which may reject unseen', async () => {
    const promise = Promise.reject(new Error('lost'));

    expect(ignorable(promise)).to.equal(promise);
    // Here an unhandled rejection would be an uncaught exception, and fail this test.
    await new Promise(resolve => setImmediate(resolve));

    expect(await promise.catch(String)).to.equal('Error: lost');
  });
});
