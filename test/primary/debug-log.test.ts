import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { loggedPrimaryEvents } from '../../lib/primary/debug-log.js';
import { primaryEventDefinitions } from '../../lib/primary/events.js';

describe('loggedPrimaryEvents', () => {
  it('has every fact that the primary tells, but for the one that is warned of as long as nobody listens', () => {
    const facts = Object.keys(primaryEventDefinitions).filter(name => name !== 'reloadError');

    expect(loggedPrimaryEvents).to.include.members(facts);
  });

  it('names each event once', () => {
    expect(loggedPrimaryEvents).to.deep.equal([...new Set(loggedPrimaryEvents)]);
  });

  it('has no event whose default work asks whether somebody listens', async () => {
    const url = new URL('../../../lib/primary/warning-primary.ts', import.meta.url);
    const asked = [...(await readFile(url, 'utf8')).matchAll(/hasSubscribers\('(\w+)'\)/g)].map(([, name]) => name);

    expect(asked).to.include('sendError');
    for (const name of asked) expect(loggedPrimaryEvents).to.not.include(name);
  });
});
