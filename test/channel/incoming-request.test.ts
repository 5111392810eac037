import { expect } from 'chai';
import { describe, it } from 'mocha';
import { IncomingRequest } from '../../lib/channel/incoming-request.js';
import { WrongCallError } from '../../lib/errors/errors.js';

function setUp(body: unknown = { type: 'status' }) {
  const answers: unknown[] = [];
  const request = new IncomingRequest(
    7,
    { body, handle: undefined },
    {
      reply: ({ id }, value) => answers.push({ id, value }),
      fail: ({ id }, error) => answers.push({ id, error }),
    },
  );
  return { request, answers };
}

describe('IncomingRequest', () => {
  it('is answered once', () => {
    const { request, answers } = setUp();
    expect(request.settled).to.equal(false);

    expect(request.reply('idle')).to.equal(true);
    expect(request.reply('busy')).to.equal(false);
    expect(request.fail(new Error('no'))).to.equal(false);

    expect(request.settled).to.equal(true);
    expect(answers).to.deep.equal([{ id: 7, value: 'idle' }]);
  });

  it('is answered by an error once', () => {
    const { request, answers } = setUp();
    const error = new Error('no');

    expect(request.fail(error)).to.equal(true);
    expect(request.reply('late')).to.equal(false);

    expect(answers).to.deep.equal([{ id: 7, error }]);
  });

  it('cannot be answered by a stream', () => {
    const { request, answers } = setUp({ type: 'menu' });

    request.reply((async function* () {})());

    const [{ error }] = answers as [{ error: unknown }];
    expect(error).to.be.instanceOf(WrongCallError);
    expect(error).to.have.deep.property('details', { type: 'menu', use: 'stream' });
  });

  it('takes null and text for answers', () => {
    for (const value of [null, 'text', undefined, []]) {
      const { request, answers } = setUp();
      request.reply(value);
      expect(answers).to.deep.equal([{ id: 7, value }]);
    }
  });

  describe('#signal', () => {
    it('is one signal, made when first read', () => {
      const { request } = setUp();

      expect(request.signal).to.equal(request.signal);
      expect(request.signal.aborted).to.equal(false);
    });

    it('is aborted when the requester gives up', () => {
      const { request } = setUp();
      const { signal } = request;

      request.abort('enough');

      expect(signal.reason).to.equal('enough');
      expect(request.aborted).to.equal(true);
    });

    it('is aborted already when it is first read after that', () => {
      const { request } = setUp();

      request.abort('enough');
      request.abort('again');

      expect(request.signal.reason).to.equal('enough');
    });

    it('has a reason of its own where none is given', () => {
      const { request } = setUp();

      request.abort(undefined);

      expect(request.signal.reason).to.have.property('name', 'AbortError');
    });

    it('is not aborted once the request is answered', () => {
      const { request } = setUp();
      request.reply(1);

      request.abort('late');

      expect(request.signal.aborted).to.equal(false);
    });
  });
});
