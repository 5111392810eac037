import { expect } from 'chai';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { Inbox } from '../../lib/channel/inbox.js';
import { MessageValidationError, RequestPreventedError } from '../../lib/errors/errors.js';
import { type Announce, PrimaryReporter } from '../../lib/worker/primary-reporter.js';
import { incoming } from '../support/incoming.js';
import type { Told } from '../support/worker-process.js';

const dish = z.object({ type: z.string(), dish: z.string().trim() });
const schemas = {
  ...{ primaryMessage: { cook: dish }, primaryRequest: { recipe: dish } },
  ...{ peerMessage: { pass: dish }, peerRequest: { taste: dish } },
};
const from = { id: 3, name: 'cook', group: 'kitchen' };

function setUp(reached = true) {
  const told: Told = [];
  const announce: Announce = (name, data) => {
    told.push([name, data]);
    return reached;
  };
  const inbox = new Inbox({}, schemas);
  return { told, reporter: new PrimaryReporter({ announce, inbox, stop: stop => told.push(['asked to stop', stop]) }) };
}

describe('PrimaryReporter', () => {
  it('counts what the worker was given', () => {
    const { reporter } = setUp();
    expect(reporter.handled).to.equal(0);

    reporter.message({ type: 'cook', dish: 'soup' }, undefined);
    reporter.request(incoming({ type: 'recipe', dish: 'soup' }).request);
    reporter.peerMessage({ type: 'pass', dish: 'soup' }, from);
    reporter.peerRequest(incoming({ type: 'taste', dish: 'soup' }).request, from);

    expect(reporter.handled).to.equal(4);
  });

  it('publishes what the schema makes of a message', () => {
    const { reporter, told } = setUp();
    reporter.message({ type: 'cook', dish: ' soup ' }, undefined);

    expect(told).to.deep.equal([['primaryMessage', { message: { type: 'cook', dish: 'soup' }, handle: undefined }]]);
  });

  it('drops a message that does not fit, and tells', () => {
    const { reporter, told } = setUp();
    reporter.message({ type: 'cook', dish: 7 }, undefined);

    expect(told[0]?.[0]).to.equal('channelViolation');
    expect(told[0]?.[1]).to.have.property('reason', 'a message that does not fit its schema');
    expect(told[0]?.[1]).to.have.property('error').that.is.instanceOf(MessageValidationError);
  });

  it('publishes a request with its signal', () => {
    const { reporter, told } = setUp();
    const { request, answers } = incoming({ type: 'recipe', dish: ' soup ' });
    reporter.request(request);

    expect(told[0]?.[0]).to.equal('primaryRequest');
    expect(told[0]?.[1]).to.deep.include({ message: { type: 'recipe', dish: 'soup' }, handle: undefined });
    expect(told[0]?.[1]).to.have.property('signal', request.signal);
    expect(answers).to.deep.equal([]);
  });

  it('answers a request that does not fit, and one that was prevented', () => {
    const { reporter, told } = setUp(false);
    const wrong = incoming({ type: 'recipe', dish: 7 });
    const prevented = incoming({ type: 'other' });
    reporter.request(wrong.request);
    reporter.request(prevented.request);

    expect(wrong.answers[0]).to.have.property('error').that.is.instanceOf(MessageValidationError);
    expect(prevented.answers[0]).to.have.property('error').that.is.instanceOf(RequestPreventedError);
    expect(told.map(([name]) => name)).to.deep.equal(['primaryRequest']);
  });

  it('publishes what another worker says, as its schema makes it', () => {
    const { reporter, told } = setUp();
    const { request, answers } = incoming({ type: 'taste', dish: ' soup ' });
    reporter.peerMessage({ type: 'pass', dish: ' soup ' }, from);
    reporter.peerRequest(request, from);

    expect(told[0]).to.deep.equal(['peerMessage', { message: { type: 'pass', dish: 'soup' }, from }]);
    expect(told[1]?.[0]).to.equal('peerRequest');
    expect(told[1]?.[1]).to.deep.include({ message: { type: 'taste', dish: 'soup' }, from });
    expect(told[1]?.[1]).to.have.property('signal', request.signal);
    expect(answers).to.deep.equal([]);
  });

  it('drops, or answers, what of another worker does not fit or was prevented', () => {
    const { reporter, told } = setUp(false);
    const [wrong, prevented] = [incoming({ type: 'taste', dish: 7 }), incoming({ type: 'other' })];
    reporter.peerMessage({ type: 'pass', dish: 7 }, from);
    reporter.peerRequest(wrong.request, from);
    reporter.peerRequest(prevented.request, from);
    reporter.peerViolation('a malformed frame', from);

    expect(told[0]?.[1]).to.include({ reason: 'a message that does not fit its schema', from });
    expect(wrong.answers[0]).to.have.property('error').that.is.instanceOf(MessageValidationError);
    expect(prevented.answers[0]).to.have.property('error').that.is.instanceOf(RequestPreventedError);
    expect(told.at(-1)).to.deep.equal(['channelViolation', { reason: 'a malformed frame', from }]);
  });

  it('passes on the rest', () => {
    const { reporter, told } = setUp();
    const error = new Error('closed');
    reporter.stop({ reason: 'shutDown' });
    reporter.violation('a malformed frame');
    reporter.sendFailed(error, 'soup');

    expect(told).to.deep.equal([
      ['asked to stop', { reason: 'shutDown' }],
      ['channelViolation', { reason: 'a malformed frame' }],
      ['sendError', { error, message: 'soup' }],
    ]);
  });
});
