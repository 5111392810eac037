import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { FrameKind } from '../../lib/protocol/frame.js';
import { frameFault, isFrame } from '../../lib/protocol/frame-guard.js';

const { hello, message, request, reply, error, open, credit, beat, status, stop, store } = FrameKind;
const { parcel, seek, found, farewell, standby, activate } = FrameKind;

const faulty: readonly (readonly [why: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['an object that looks like an array', { 0: message, 1: 0, length: 2 }],
  ['an empty array', []],
  ['an unknown kind', [99, 0]],
  ['a negative kind', [-1, 0]],
  ['a kind between two', [2.5, 0]],
  ['a kind spelt as a string', ['2', 0]],
  ['the name of a property of arrays as kind', ['length', 0]],
  ['no id', [message]],
  ['an id that is a string', [request, '1', 'body']],
  ['a negative id', [reply, -1]],
  ['an unsafe id', [reply, 2 ** 53]],
  ['a fractional id', [reply, 0.5]],
  ['a hole for an id', Object.assign(new Array(3), { 0: reply })],
  ['an id where there is none', [message, 1, 'body']],
  ['an element too many', [message, 0, 'body', 'more']],
  ['an error that is no object', [error, 1, 'no']],
  ['an error that is an array', [error, 1, []]],
  ['a hello without a version', [hello, 0, {}]],
  ['a hello that is null', [hello, 0, null]],
  ['a stream without credit', [open, 1, 0, 'body']],
  ['credit that is fractional', [credit, 1, 0.5]],
  ['credit that is negative', [credit, 1, -5]],
  ['vitals that are no numbers', [beat, 1, { memory: 'much' }]],
  ['a utilization over 1', [beat, 0, { utilization: 1.01 }]],
  ['a negative utilization', [beat, 0, { utilization: -0.01 }]],
  ['negative vitals', [beat, 0, { memory: -1 }]],
  ['vitals without end', [beat, 0, { delay: Number.POSITIVE_INFINITY }]],
  ['a worker that is debugged a little', [beat, 0, { debugged: 0.5 }]],
  ['an interval of 0', [beat, 0, { interval: 0 }]],
  ['vitals that are an array', [beat, 1, [1]]],
  ['too many vitals', [beat, 1, Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`v${index}`, index]))]],
  ['a status that is no string', [status, 0, 5]],
  ['a status without end', [status, 0, 'x'.repeat(257)]],
  ['a stop without a reason', [stop, 0, {}]],
  ['a stop that is null', [stop, 0, null]],
  ['a stop with an endless reason', [stop, 0, { reason: 'x'.repeat(1025) }]],
  ['a stop with a negative timeout', [stop, 0, { reason: 'x', timeout: -1 }]],
  ['a stop whose timeout is no number', [stop, 0, { reason: 'x', timeout: '1' }]],
  ['a frame about storage without a body', [store, 1]],
  ['a parcel without contents', [parcel, 1, 2]],
  ['a parcel for nobody', [parcel, 1, 0, '[]']],
  ['a search for nothing', [seek, 1, {}]],
  ['a search without a tag', [seek, 1, { to: 'cook' }]],
  ['a search with an endless tag', [seek, 1, { to: 'cook', tag: 'x'.repeat(8_193) }]],
  ['a search for an endless name', [seek, 1, { to: 'x'.repeat(8_193), tag: '' }]],
  ['a search for a list', [seek, 1, { to: ['cook'], tag: '' }]],
  ['a search for something deep', [seek, 1, { to: { group: { group: 'x' } }, tag: '' }]],
  ['a search for too much', [seek, 1, { to: Object.fromEntries([...'abcdefghi'].map(key => [key, ''])), tag: '' }]],
  ['a search for one or not', [seek, 1, { to: 'cook', tag: '', one: 1 }]],
  ['a search that takes no time', [seek, 1, { to: 'cook', tag: '', timeout: 0 }]],
  ['a search without end', [seek, 1, { to: 'cook', tag: '', timeout: Number.POSITIVE_INFINITY }]],
  ['a search but for what are no ids', [seek, 1, { to: 'cook', tag: '', not: [0] }]],
  ['a search but for too many', [seek, 1, { to: 'cook', tag: '', not: new Array(4_097).fill(1) }]],
  ['a finding that is none', [found, 1, 'soon']],
  ['a farewell whose error is text', [farewell, 1, 'gone']],
  ['a spare worker with a wish', [standby, 0, { slot: 1 }]],
  ['a spare worker with an id', [standby, 1]],
  ['an activation without a place', [activate, 0]],
  ['an activation for one of several', [activate, 1, { name: 'cook', slot: 0 }]],
  ['a place that is null', [activate, 0, null]],
  ['a place that is a list', [activate, 0, ['cook', 0]]],
  ['a place without a name', [activate, 0, { slot: 0 }]],
  ['a place without a slot', [activate, 0, { name: 'cook' }]],
  ['a place with an endless name', [activate, 0, { name: 'x'.repeat(8_193), slot: 0 }]],
  ['a place with a negative slot', [activate, 0, { name: 'cook', slot: -1 }]],
  ['a place with a fractional slot', [activate, 0, { name: 'cook', slot: 0.5 }]],
  ['a place whose slot is text', [activate, 0, { name: 'cook', slot: '0' }]],
];

describe('frameFault', () => {
  for (const [why, value] of faulty) {
    it(`refuses ${why}`, () => {
      expect(frameFault(value)).to.be.a('string');
      expect(isFrame(value)).to.equal(false);
    });
  }

  it('finds nothing wrong with what workers seek', () => {
    for (const to of [
      'cook',
      { group: 'kitchen' },
      { select: 'hash', key: 'x'.repeat(8_192) },
      { group: 'x', tag: undefined },
    ]) {
      expect(frameFault([seek, 1, { to, tag: 'taste', one: true, timeout: 0.5, not: [1, 2] }])).to.equal(undefined);
    }
  });

  it('finds nothing wrong with any user data in a message', () => {
    fc.assert(fc.property(fc.anything(), data => frameFault([message, 0, data]) === undefined));
  });

  it('never throws, and never lets a kind through that does not exist', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(fc.anything(), { maxLength: 4 })), value => {
        if (!isFrame(value)) return;
        expect(Object.values(FrameKind)).to.include(value[0]);
        expect(value[1]).to.be.at.least(0);
      }),
    );
  });
});
