import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterError } from '../../lib/errors/cluster-error.js';
import * as general from '../../lib/errors/errors.js';
import * as ofStorage from '../../lib/errors/storage-errors.js';

const errors = { ...general, ...ofStorage };

type ErrorClass = new (message: string, details: object) => ClusterError;

describe('docs/errors.md', () => {
  it('lists every class with its code, and nothing else', () => {
    const document = readFileSync('docs/errors.md', 'utf8');
    const rows = [...document.matchAll(/^\| `(\w+)` +\| `(\w+)` +\|/gm)].map(([, name, code]) => [name, code]);

    const classes = Object.values(errors) as readonly ErrorClass[];

    expect(Object.fromEntries(rows)).to.deep.equal(
      Object.fromEntries(classes.map(each => [each.name, new each('', {}).code])),
    );
    expect(rows).to.have.length(classes.length);
    for (const each of classes) expect(each.prototype).to.be.instanceOf(ClusterError);
  });
});
