import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Outstanding } from '../../lib/channel/outstanding.js';

function setUp(count: number) {
  const outstanding = new Outstanding();
  const told: unknown[] = [];
  const writes = Array.from({ length: count }, (_, index) => outstanding.add(error => told.push([index, error])));
  return { outstanding, told, writes };
}

describe('Outstanding', () => {
  it('lets each write be done once', () => {
    const { told, writes } = setUp(2);
    const error = new Error('gone');

    writes[1]?.(undefined);
    writes[1]?.(error);
    writes[0]?.(error);

    expect(told).to.deep.equal([
      [1, undefined],
      [0, error],
    ]);
  });

  it('fails what is left, in order', () => {
    const { outstanding, told, writes } = setUp(3);
    const error = new Error('gone');

    writes[1]?.(undefined);
    outstanding.failAll(() => error);
    outstanding.failAll(() => error);

    expect(told).to.deep.equal([
      [1, undefined],
      [0, error],
      [2, error],
    ]);
  });

  it('can be added to while it fails', () => {
    const outstanding = new Outstanding();
    const told: string[] = [];
    outstanding.add(() => {
      outstanding.add(() => told.push('second'));
    });

    outstanding.failAll(() => new Error('gone'));
    expect(told).to.deep.equal([]);
    outstanding.failAll(() => new Error('gone'));

    expect(told).to.deep.equal(['second']);
  });
});
