import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PreventedError } from '../../lib/errors/errors.js';
import type { Announce } from '../../lib/primary/events.js';
import { PeerWatch } from '../../lib/primary/peer-watch.js';
import { decode, encode } from '../../lib/protocol/encoded.js';
import {
  type Encoded,
  type Frame,
  messageFrame,
  openFrame,
  replyFrame,
  requestFrame,
} from '../../lib/protocol/frame.js';
import { packFrames } from '../../lib/protocol/frame-run.js';
import type { Serialization } from '../../lib/protocol/json-safe.js';
import { readyProcess } from '../support/worker-process.js';

const [from, to] = [readyProcess().worker.handle, readyProcess().worker.handle];

function setUp({ isOn = true, prevented = [] as readonly unknown[] } = {}) {
  const seen: unknown[] = [];
  const announce: Announce = (name, data) => {
    seen.push([name, data]);
    return !('message' in data && prevented.includes(data.message));
  };
  const watch = new PeerWatch({ announce, limits: { maxDepth: 10, maxMessageBytes: 10_000 }, isOn: () => isOn });
  const inspect = (content: Encoded) => watch.inspect({ from, to, content });
  return { seen, inspect };
}

function parcel(frames: readonly Frame[], serialization: Serialization = 'json'): Encoded {
  return encode(packFrames(frames), serialization);
}

const frames = [messageFrame('a'), messageFrame('b'), messageFrame('c'), requestFrame(7, 'd'), openFrame(1, 5, 'e')];

describe('PeerWatch', () => {
  it('reads nothing while nobody looks', () => {
    const { inspect, seen } = setUp({ isOn: false });

    expect(inspect('no batch at all')).to.deep.equal({ content: 'no batch at all' });
    expect(seen).to.deep.equal([]);
  });

  it('shows messages, requests and streams, and passes all on as it came', () => {
    const { inspect, seen } = setUp();
    const content = parcel([replyFrame(3, 'no news'), ...frames]);

    expect(inspect(content)).to.deep.equal({ content });
    const kinds = { a: 'message', b: 'message', c: 'message', d: 'request', e: 'stream' };
    expect(seen).to.deep.equal(
      Object.entries(kinds).map(([message, kind]) => ['peerMessage', { message, worker: from, to, kind }]),
    );
  });

  for (const serialization of ['json', 'advanced'] as const) {
    it(`takes out what is prevented, and says which it was (${serialization})`, () => {
      const { inspect } = setUp({ prevented: ['b', 'd'] });
      const inspected = inspect(parcel(frames, serialization));

      expect(inspected?.refused?.which).to.deep.equal([1, 3]);
      expect(inspected?.refused?.error).to.be.instanceOf(PreventedError);
      expect(inspected?.content).to.be.a(serialization === 'json' ? 'string' : 'Uint8Array');
      expect(decode(inspected?.content ?? '')).to.deep.equal(
        packFrames([messageFrame('a'), messageFrame('c'), openFrame(1, 5, 'e')]),
      );
    });
  }

  it('leaves nothing of a parcel that is prevented as a whole', () => {
    const { inspect } = setUp({ prevented: ['a', 'b'] });

    expect(inspect(parcel(frames.slice(0, 2)))).to.deep.include({ content: undefined });
  });

  const deep = JSON.parse(`${'['.repeat(20)}${']'.repeat(20)}`);
  for (const [what, content] of Object.entries({
    'what is not encoded': '[[2,0',
    'what is not encoded in bytes': Buffer.from([1, 2, 3]),
    'what is no batch': '{"length":1}',
    'what is no frame': '[[2,0,"a"],[99,0]]',
    'a run that is none': '[[15,0,{"length":3}]]',
    'too many frames': JSON.stringify(new Array(5_000).fill([2, 0, 1])),
    'a message that is too deep': JSON.stringify([[2, 0, deep]]),
    'what grows when it is looked at': encode([[2, 0, tree()]], 'advanced'),
    'a circle': encode([[2, 0, circle()]], 'advanced'),
  })) {
    it(`passes nothing on of ${what}`, () => {
      const { inspect, seen } = setUp();
      const isCircle = what === 'a circle';

      // Structured clone carries circles, and so does the way back.
      expect(inspect(content) === undefined).to.equal(!isCircle);
      expect(seen.length > 0).to.equal(isCircle);
    });
  }
});

/** Takes no room, and no end to walk through. */
function tree(): unknown {
  let node: unknown = 'x'.repeat(1_000);
  for (let level = 0; level < 8; level++) node = new Array(100).fill(node);
  return node;
}

function circle(): object {
  const round: { self?: object } = {};
  round.self = round;
  return round;
}
