import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { loggedWorkerEvents } from '../../lib/worker/debug-log.js';
import { workerEventDefinitions } from '../../lib/worker/events.js';

describe('loggedWorkerEvents', () => {
  it('has every fact that a worker tells of itself', () => {
    expect(loggedWorkerEvents).to.include.members(Object.keys(workerEventDefinitions));
  });

  it('names each event once', () => {
    expect(loggedWorkerEvents).to.deep.equal([...new Set(loggedWorkerEvents)]);
  });

  it('has no event whose default work asks whether somebody listens', async () => {
    const url = new URL('../../../lib/worker/warning-worker.ts', import.meta.url);
    const asked = [...(await readFile(url, 'utf8')).matchAll(/hasSubscribers\('(\w+)'\)/g)].map(([, name]) => name);

    expect(asked).to.include('sendError');
    for (const name of asked) expect(loggedWorkerEvents).to.not.include(name);
  });
});
