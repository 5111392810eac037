import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Status } from '../../lib/supervision/status.js';

function setUp() {
  const work = { isBusy: false };
  return { work, status: new Status(() => work.isBusy) };
}

describe('Status', () => {
  it('follows from what there is to do as long as nothing is said', () => {
    const { work, status } = setUp();
    const shown = [status.shown];
    work.isBusy = true;
    shown.push(status.shown);
    status.becomeReady();
    shown.push(status.shown);
    work.isBusy = false;
    shown.push(status.shown);

    expect(shown).to.deep.equal(['INITIALIZING', 'INITIALIZING', 'PROCESSING', 'IDLE']);
    expect(status.said).to.equal(undefined);
  });

  it('is what is said, whatever there is to do', () => {
    const { work, status } = setUp();
    status.becomeReady();
    status.say('HAPPY');
    work.isBusy = true;

    expect([status.shown, status.said]).to.deep.equal(['HAPPY', 'HAPPY']);
  });

  it('stays what was said when the worker becomes ready', () => {
    const { status } = setUp();
    status.say('LOADING');

    expect(status.becomeReady()).to.equal(undefined);
    expect(status.shown).to.equal('LOADING');
  });

  it('tells changes that join on to each other, and none that comes and goes with work', () => {
    const { work, status } = setUp();
    const changes = [status.becomeReady()];
    work.isBusy = true;
    changes.push(status.say('PROCESSING'), status.say('PROCESSING'), status.say('IDLE'));

    expect(changes).to.deep.equal([
      { from: 'INITIALIZING', to: 'IDLE' },
      { from: 'IDLE', to: 'PROCESSING' },
      undefined,
      { from: 'PROCESSING', to: 'IDLE' },
    ]);
  });

  it('can be fixed to what it is anyway, which is no change', () => {
    const { work, status } = setUp();
    status.becomeReady();

    expect(status.say('IDLE')).to.equal(undefined);
    work.isBusy = true;
    expect(status.shown).to.equal('IDLE');
  });
});
