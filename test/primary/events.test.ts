import { expect } from 'chai';
import { describe, it } from 'mocha';
import { primaryEventDefinitions } from '../../lib/primary/events.js';

const { entries } = Object;

describe('events of ClusterPrimary', () => {
  it('that only tell what happened are facts', () => {
    const facts = entries(primaryEventDefinitions).filter(([, definition]) => definition?.preventable === false);

    expect(facts.map(([name]) => name)).to.have.members([
      ...[
        'workerFork',
        'workerOnline',
        'workerListening',
        'workerServerClose',
        'workerStandby',
        'workerReady',
        'addWorker',
        'removeWorker',
        'workerStatus',
      ],
      ...[
        'workerError',
        'workerDisconnect',
        'workerExit',
        'reloadComplete',
        'reloadError',
        'shutDownComplete',
        'storageExpire',
      ],
    ]);
  });

  it('of the shutdown are complete once, and reach late subscribers', () => {
    expect(primaryEventDefinitions.shutDown).to.deep.equal({ completeOnce: true });
    expect(primaryEventDefinitions.shutDownComplete).to.include({ publishOnce: true });
  });
});
