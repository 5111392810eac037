import { expect } from 'chai';
import { describe, it } from 'mocha';
import { workerEventDefinitions } from '../../lib/worker/events.js';

describe('events of ClusterWorker', () => {
  it('that only tell what happened are facts', () => {
    const facts = Object.entries(workerEventDefinitions).filter(([, definition]) => definition?.preventable === false);

    expect(facts.map(([name]) => name)).to.have.members([
      ...['primaryDisconnect', 'statusChange', 'activate', 'serverListening', 'serverClose', 'shutDown'],
    ]);
  });

  it('of the shutdown are complete once', () => {
    expect(workerEventDefinitions.shutDown).to.include({ completeOnce: true });
  });
});
