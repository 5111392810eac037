import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { whenAborted } from '../../lib/util/when-aborted.js';
import { capturedWarnings } from '../support/warnings.js';

const listeners = ({ signal }: AbortController) => getEventListeners(signal, 'abort').length;

describe('whenAborted', () => {
  it('calls everybody who waits, in order, once', () => {
    const controller = new AbortController();
    const told: string[] = [];
    for (const name of ['ann', 'bob']) whenAborted(controller.signal, () => told.push(name));

    controller.abort();
    controller.abort();

    expect(told).to.deep.equal(['ann', 'bob']);
    expect(listeners(controller)).to.equal(0);
  });

  it('listens once, however many wait, and without a warning', async () => {
    const controller = new AbortController();

    const warnings = await capturedWarnings(() => {
      for (let count = 0; count < 1_000; count++) whenAborted(controller.signal, () => {});
    });

    expect(listeners(controller)).to.equal(1);
    expect(warnings).to.deep.equal([]);
  });

  it('calls nobody who has left, and leaves the signal alone when nobody is left', () => {
    const controller = new AbortController();
    const told: string[] = [];
    const leave = ['ann', 'bob'].map(name => whenAborted(controller.signal, () => told.push(name)));

    leave[0]?.();
    leave[0]?.();
    expect(listeners(controller)).to.equal(1);
    leave[1]?.();

    expect(listeners(controller)).to.equal(0);
    controller.abort();
    expect(told).to.deep.equal([]);
  });

  it('listens again for who comes later', () => {
    const controller = new AbortController();
    whenAborted(controller.signal, () => {})();
    let told = 0;
    whenAborted(controller.signal, () => told++);

    controller.abort();

    expect(told).to.equal(1);
  });

  it('calls nobody for a signal that is aborted already', () => {
    let told = 0;

    whenAborted(AbortSignal.abort(), () => told++)();

    expect(told).to.equal(0);
  });

  it('passes over who left while others are told', () => {
    const controller = new AbortController();
    const told: string[] = [];
    whenAborted(controller.signal, () => leave());
    const leave = whenAborted(controller.signal, () => told.push('bob'));

    controller.abort();

    expect(told).to.deep.equal([]);
  });
});
