import { expect } from 'chai';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { Inbox } from '../../lib/channel/inbox.js';
import { MessageValidationError, RequestPreventedError } from '../../lib/errors/errors.js';
import { type Announce, PrimaryReporter } from '../../lib/worker/primary-reporter.js';
import { incoming } from '../support/incoming.js';
import type { Told } from '../support/worker-process.js';

const dish = z.object({ type: z.string(), dish: z.string().trim() });
const schemas = { primaryMessage: { cook: dish }, primaryRequest: { recipe: dish } };

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
