import { expect } from 'chai';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { Inbox } from '../../lib/channel/inbox.js';
import { MessageValidationError, RequestPreventedError } from '../../lib/errors/errors.js';
import type { Announce } from '../../lib/primary/events.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { WorkerReporter } from '../../lib/primary/worker-reporter.js';
import { type ControlFrame, seekFrame, serveFrame } from '../../lib/protocol/frame.js';
import { incoming } from '../support/incoming.js';
import { readyProcess, type Told } from '../support/worker-process.js';

const worker = readyProcess().worker.handle;
const table = z.object({ type: z.string(), table: z.coerce.number() });
const schemas = { workerMessage: { plated: table }, workerRequest: { menu: table } };

function setUp(reached = true) {
  const announced: Told = [];
  const announce: Announce = (name, data) => {
    announced.push([name, data]);
    return reached;
  };
  const relay = {
    take: (from: WorkerHandle, frame: ControlFrame) => void announced.push(['take', from, frame]),
    left: (from: WorkerHandle) => void announced.push(['left', from]),
  };
  const storage = {
    take: (from: WorkerHandle, id: number, body: unknown) => announced.push(['storage', from, id, body]) > 0 && id > 0,
    failed: (from: WorkerHandle, id: number) => void announced.push(['storageFailed', from, id]),
    disconnected: (from: WorkerHandle) => void announced.push(['storageDisconnected', from]),
    gone: (from: WorkerHandle) => void announced.push(['storageGone', from]),
  };
  const serving = {
    take: (from: WorkerHandle, id: number, word: unknown) => announced.push(['serving', from, id, word]) > 0 && id > 0,
    gone: (from: WorkerHandle) => void announced.push(['servingGone', from]),
  };
  const desks = () => ({ relay, serving, storage });
  return { reporter: new WorkerReporter(announce, new Inbox({}, schemas), desks), announced };
}

describe('WorkerReporter', () => {
  it('makes an event of everything that a worker does', () => {
    const { reporter, announced } = setUp();
    const address = { address: '::1', port: 80, addressType: 6 } as const;
    const error = new Error('kill EPERM');

    reporter.online(worker);
    reporter.listening(worker, address);
    reporter.status(worker, 'IDLE', 'PROCESSING');
    reporter.violation(worker, 'a malformed frame');
    reporter.sendFailed(worker, error, 'soup');
    reporter.failed(worker, error);
    reporter.disconnected(worker);

    expect(announced).to.deep.equal([
      ['workerOnline', { worker }],
      ['workerListening', { worker, address }],
      ['workerStatus', { worker, from: 'IDLE', to: 'PROCESSING' }],
      ['channelViolation', { worker, reason: 'a malformed frame' }],
      ['sendError', { error, message: 'soup', worker }],
      ['workerError', { error, worker }],
      ['storageDisconnected', worker],
      ['workerDisconnect', { worker }],
    ]);
  });

  it('asks what is to become of a worker that hangs', () => {
    const stack = ['spin (a:1:2)'];
    for (const reached of [true, false]) {
      const { reporter, announced } = setUp(reached);

      expect(reporter.hung(worker, stack)).to.equal(reached);

      expect(announced).to.deep.equal([['workerHung', { worker, stack }]]);
    }
  });

  it('lets the desk of the storage have what is about that', () => {
    const { reporter, announced } = setUp();

    reporter.store(worker, 1, 'path');
    reporter.store(worker, 0, 'path');
    reporter.storeFailed(worker, 1, new Error('too large'));
    reporter.gone(worker);

    expect(announced).to.deep.equal([
      ['storage', worker, 1, 'path'],
      ['storage', worker, 0, 'path'],
      ['channelViolation', { worker, reason: 'a request to storage whose id was used' }],
      ['storageFailed', worker, 1],
      ['storageGone', worker],
      ['servingGone', worker],
    ]);
  });

  it('lets the desk of the servers have what is about those, and refuses what that may not hear', () => {
    const { reporter, announced } = setUp();

    reporter.control(worker, serveFrame(1, { act: 'close' }));
    reporter.control(worker, serveFrame(0, { act: 'failed' }));

    expect(announced).to.deep.equal([
      ['serving', worker, 1, { act: 'close' }],
      ['serving', worker, 0, { act: 'failed' }],
      ['channelViolation', { worker, reason: 'a word about a server' }],
    ]);
  });

  it('lets the relay have what is about other workers', () => {
    const { reporter, announced } = setUp();
    const frame = seekFrame(1, { to: 'all', tag: '' });

    reporter.control(worker, frame);
    reporter.left(worker);

    expect(announced).to.deep.equal([
      ['take', worker, frame],
      ['left', worker],
    ]);
  });

  describe('#message', () => {
    it('publishes what the schema makes of it', () => {
      const { reporter, announced } = setUp();

      reporter.message(worker, { type: 'plated', table: '4' }, undefined);

      expect(announced).to.deep.equal([
        ['workerMessage', { message: { type: 'plated', table: 4 }, handle: undefined, worker }],
      ]);
    });

    it('drops what does not fit, and tells', () => {
      const { reporter, announced } = setUp();

      reporter.message(worker, { type: 'plated', table: 'four' }, undefined);

      expect(announced).to.have.lengthOf(1);
      expect(announced[0]?.[0]).to.equal('channelViolation');
      expect(announced[0]?.[1]).to.include({ worker, reason: 'a message that does not fit its schema' });
      expect(announced[0]?.[1]).to.have.property('error').that.is.instanceOf(MessageValidationError);
    });
  });

  describe('#request', () => {
    it('publishes it with the worker and a signal', () => {
      const { reporter, announced } = setUp();
      const { request, answers } = incoming({ type: 'menu', table: '4' });

      reporter.request(worker, request);

      expect(announced[0]?.[0]).to.equal('workerRequest');
      expect(announced[0]?.[1]).to.deep.include({ message: { type: 'menu', table: 4 }, handle: undefined });
      expect(announced[0]?.[1]).to.include({ worker, signal: request.signal });
      expect(answers).to.deep.equal([]);
    });

    it('answers what does not fit with an error, unpublished', () => {
      const { reporter, announced } = setUp();
      const { request, answers } = incoming({ type: 'menu', table: 'four' });

      reporter.request(worker, request);

      expect(announced).to.deep.equal([]);
      expect(answers[0]).to.have.property('error').that.is.instanceOf(MessageValidationError);
    });

    it('answers what a subscriber prevented', () => {
      const { request, answers } = incoming({ type: 'other' });

      setUp(false).reporter.request(worker, request);

      expect(answers[0]).to.have.property('error').that.is.instanceOf(RequestPreventedError);
    });
  });

  it('counts in the tally of the slot what comes, is refused and cannot be sent', () => {
    const process = readyProcess().worker;
    const { reporter } = setUp();

    reporter.message(process.handle, { type: 'plated', table: 4 }, undefined);
    reporter.message(process.handle, { type: 'plated', table: 'four' }, undefined);
    reporter.request(process.handle, incoming({ type: 'menu', table: 4 }).request);
    reporter.violation(process.handle, 'a malformed frame');
    reporter.sendFailed(process.handle, new Error('EPIPE'), 'soup');

    const counts = { messagesReceived: 2, requestsReceived: 1, violations: 2, sendErrors: 1 };
    expect(process.tally).to.include(counts);
  });
});
