import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Gathering } from '../../lib/channel/gathering.js';

function tasksDone(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

describe('Gathering', () => {
  it('is over when no microtask is left, however many follow each other', async () => {
    const gathering = new Gathering();
    const seen: boolean[] = [];
    gathering.begin();
    for (let step = 0; step < 3; step++) {
      await undefined;
      seen.push(gathering.active);
    }
    await tasksDone();

    expect([...seen, gathering.active]).to.deep.equal([true, true, true, false]);
  });

  it('tells everybody who joined, once, when it is over', async () => {
    const gathering = new Gathering();
    const told: string[] = [];
    for (const name of ['ann', 'bob']) {
      gathering.begin();
      gathering.join({ gathered: () => told.push(`${name} ${gathering.active}`) });
    }
    await tasksDone();
    gathering.begin();
    await tasksDone();

    expect(told).to.deep.equal(['ann false', 'bob false']);
  });

  it('can begin again while it tells', async () => {
    const gathering = new Gathering();
    const told: string[] = [];
    gathering.begin();
    gathering.join({
      gathered: () => {
        gathering.begin();
        gathering.join({ gathered: () => told.push('second') });
      },
    });
    await tasksDone();

    expect(told).to.deep.equal(['second']);
  });
});
