import { Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { hooksFor } from '../../lib/primary/worker-hooks.js';
import { beatFrame, serveFrame } from '../../lib/protocol/frame.js';
import { incoming } from '../support/incoming.js';
import { readyProcess, type Told, talkInto } from '../support/worker-process.js';

describe('hooksFor', () => {
  it('passes on what a worker says, but for what its owner takes', () => {
    const told: Told = [];
    const own: Told = [];
    const hooks = hooksFor(talkInto(told), readyProcess().worker.handle, {
      message: body => void own.push(['message', body]),
      control: frame => void own.push(['control', frame]),
    });
    const { request } = incoming({ type: 'menu' });
    const error = new Error('closed');

    hooks.message('soup', undefined);
    hooks.control(beatFrame(0));
    hooks.request(request);
    hooks.violation('a malformed frame');
    hooks.sendFailed(error, 'soup');
    hooks.closed();

    expect(own).to.deep.equal([
      ['message', 'soup'],
      ['control', beatFrame(0)],
    ]);
    expect(told).to.deep.equal([
      ['request', request],
      ['violation', 'a malformed frame'],
      ['sendFailed', error, 'soup'],
    ]);
  });

  it('closes a handle that comes with what a worker says to the library', () => {
    const own: Told = [];
    const hooks = hooksFor(talkInto([]), readyProcess().worker.handle, {
      message: () => {},
      control: (...facts) => void own.push(['control', ...facts]),
    });
    const handle = new Socket();

    hooks.control(serveFrame(1, { act: 'close' }), handle);

    expect(handle.destroyed).to.equal(true);
    expect(own).to.deep.equal([['control', serveFrame(1, { act: 'close' })]]);
  });
});
