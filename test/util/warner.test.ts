import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Warner } from '../../lib/util/warner.js';
import { FakeClock } from '../support/fake-clock.js';
import { capturedWarnings } from '../support/warnings.js';

describe('Warner', () => {
  it('makes process warnings whose code is the subject', async () => {
    const warnings = await capturedWarnings(() => new Warner(new FakeClock()).once('soup', 'The soup is cold'));

    expect(warnings).to.deep.equal([{ message: 'The soup is cold', type: 'ClusterWarning', code: 'soup' }]);
  });

  it('cuts what is very long', async () => {
    const long = 'x'.repeat(1_000_000);

    const [warning] = await capturedWarnings(() => new Warner(new FakeClock()).once(long, long));

    expect(warning?.message).to.have.length(16_385);
    expect(warning?.code).to.have.length(257);
  });

  describe('#once', () => {
    it('warns of each subject a single time, however long ago that was', async () => {
      const clock = new FakeClock();
      const warner = new Warner(clock);

      const warnings = await capturedWarnings(() => {
        warner.once('soup', 'first');
        clock.advance(3_600_000);
        warner.once('soup', 'second');
        warner.once('salad', 'third');
      });

      expect(warnings.map(({ message }) => message)).to.deep.equal(['first', 'third']);
    });
  });

  it('tells long subjects apart only by how they begin', async () => {
    const warner = new Warner(new FakeClock());
    const long = 'x'.repeat(300);

    const warnings = await capturedWarnings(() => {
      warner.limited(`${long}1`, 'first');
      warner.limited(`${long}2`, 'second');
      warner.once(`${long}3`, 'third');
    });

    expect(warnings.map(({ message }) => message)).to.deep.equal(['first']);
  });

  describe('#limited', () => {
    it('warns again of a subject after ten seconds, and not before', async () => {
      const clock = new FakeClock();
      const warner = new Warner(clock);

      const warnings = await capturedWarnings(() => {
        warner.limited('soup', 'at 0');
        clock.advance(9_999);
        warner.limited('soup', 'at 9,999');
        clock.advance(1);
        warner.limited('soup', 'at 10,000');
        clock.advance(9_999);
        warner.limited('soup', 'at 19,999');
      });

      expect(warnings.map(({ message }) => message)).to.deep.equal(['at 0', 'at 10,000']);
    });

    it('forgets when there were a thousand subjects', async () => {
      const warner = new Warner(new FakeClock());

      const warnings = await capturedWarnings(() => {
        for (let index = 0; index < 1_000; index++) warner.limited(`subject ${index}`, 'one of many');
        warner.limited('subject 0', 'still known');
        warner.limited('subject 1000', 'one too many');
        warner.limited('subject 0', 'forgotten');
      });

      expect(warnings.slice(1_000).map(({ message }) => message)).to.deep.equal(['one too many', 'forgotten']);
    });
  });
});
