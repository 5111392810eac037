import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError } from '../../lib/errors/errors.js';
import { startOrder } from '../../lib/primary/start-order.js';

function order(dependencies: Record<string, readonly string[]>): string[] {
  return startOrder(new Map(Object.entries(dependencies)), name => `${name}.dependsOn`);
}

describe('startOrder', () => {
  it('keeps the order of groups that depend on nobody', () => {
    expect(order({ b: [], a: [], c: [] })).to.deep.equal(['b', 'a', 'c']);
  });

  it('puts a group after those it depends on', () => {
    expect(order({ web: ['api', 'jobs'], api: ['store'], jobs: [], store: [] })).to.deep.equal([
      'store',
      'api',
      'jobs',
      'web',
    ]);
  });

  it('names each once, whatever else depends on it', () => {
    expect(order({ d: ['b', 'c'], b: ['a'], c: ['a'], a: [] })).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('refuses a group that nobody knows', () => {
    expect(() => order({ web: ['appi'], api: [] }))
      .to.throw(InvalidOptionError, 'Expected `web.dependsOn` to be names of other groups, got `appi`')
      .with.property('details')
      .that.deep.equals({ option: 'web.dependsOn', value: 'appi' });
  });

  it('refuses a circle, and shows it', () => {
    expect(() => order({ x: ['a'], a: ['b'], b: ['c'], c: ['a'] })).to.throw(
      InvalidOptionError,
      'Expected `c.dependsOn` to be free of circles, got `a -> b -> c -> a`',
    );
  });

  it('refuses a group that depends on itself', () => {
    expect(() => order({ a: ['a'] })).to.throw(InvalidOptionError, '`a -> a`');
  });
});
