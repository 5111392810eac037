import { expect } from 'chai';
import { describe, it } from 'mocha';
import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import { stickyDeclarations } from '../../lib/primary/sticky-options.js';

describe('stickyDeclarations', () => {
  it('route by address, without reading, if nothing else is said', () => {
    expect(resolveOptions({}, stickyDeclarations, 'sticky')).to.deep.equal({
      by: 'ip',
      readHead: false,
      headTimeout: 10_000,
    });
  });

  it('take a function of the connection', () => {
    const by = () => 'key';

    expect(resolveOptions({ by, readHead: true }, stickyDeclarations, 'sticky')).to.include({ by, readHead: true });
  });
});
