/**
 * Why do batches look as they do? What a message costs to encode and to decode, by the form it travels in.
 *
 * A run has ids and bodies in columns (`lib/protocol/frame-run.ts`): arrays of elements that are all alike. Text within text is
 * what workers send each other: who relays it looks at the outside only, and pays for the quotes.
 *
 * Run: npm run build && node dist/bench/encoding.js [--rounds 5] [--only text]… [--json]
 */
import { deserialize, serialize } from 'node:v8';
import { messageFrame, requestFrame } from '../lib/protocol/frame.js';
import { packFrames, RunKind } from '../lib/protocol/frame-run.js';
import { benchArguments } from './support/bench-arguments.js';
import { type Contest, compete, middle, type Outcome } from './support/contest.js';
import { printTable, type Row } from './support/table.js';
import { kibibyte, type Load, makeOrder, small } from './support/traffic.js';

/** One way to carry a batch. */
interface Form {
  readonly title: string;
  readonly codec: Codec;
  /** What is encoded: a payload for all, or one for each message. */
  readonly payloads: () => readonly unknown[];
  /** What is left to do with a decoded payload. */
  readonly unwrap?: (payload: unknown) => unknown;
}

interface Codec {
  encode(payload: unknown): string | Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: what comes out is as untyped as it is from both of them.
  decode(encoded: any): unknown;
}

/** In a batch. */
const messages = 64;
/** How long one measurement takes, in milliseconds. */
const roundTime = 30;
/** As Node's channel does, without the bytes around it. */
const json: Codec = { encode: payload => JSON.stringify(payload), decode: encoded => JSON.parse(encoded) };
const v8: Codec = { encode: payload => serialize(payload), decode: encoded => deserialize(encoded) };

const { rounds, json: asJson, select } = benchArguments(7);

const forms = select([
  ...formsOf('80 B', orders(small)),
  ...formsOf('two shapes', mixedOrders()),
  ...formsOf('1 KiB', orders(kibibyte)),
]);
const outcomes = await compete(forms.map(contest), rounds);
printTable(
  {
    heading: `nanoseconds a message, ${messages} in a batch; median of ${rounds} rounds`,
    columns: { title: 'form', cells: ['encode', 'decode', 'both', 'bytes'] },
    rows: outcomes.map(row),
  },
  { json: asJson },
);

function formsOf(size: string, bodies: readonly object[]): Form[] {
  const frames = bodies.map(messageFrame);
  const requests = bodies.map((body, index) => requestFrame(1_000_000 + index, body));
  const asText = () => JSON.stringify(bodies);
  const asTexts = () => bodies.map(body => JSON.stringify(body));
  const [text, texts] = [asText(), asTexts()];
  const forms: readonly Form[] = [
    { title: 'JSON, one by one', codec: json, payloads: () => frames.map(frame => [frame]) },
    { title: 'JSON, frames', codec: json, payloads: () => [frames] },
    { title: 'JSON, a run', codec: json, payloads: () => [packFrames(frames)] },
    { title: 'JSON, frames of requests', codec: json, payloads: () => [requests] },
    { title: 'JSON, a run of requests', codec: json, payloads: () => [packFrames(requests)] },
    { title: 'JSON, text in a run', codec: json, payloads: () => [textRun(asText())], unwrap: parseText },
    { title: 'JSON, texts in a run', codec: json, payloads: () => [textRun(asTexts())], unwrap: parseTexts },
    { title: 'JSON, text in a run: its outside', codec: json, payloads: () => [textRun(text)] },
    { title: 'JSON, texts in a run: their outside', codec: json, payloads: () => [textRun(texts)] },
    { title: 'v8, one by one', codec: v8, payloads: () => frames.map(frame => [frame]) },
    { title: 'v8, frames', codec: v8, payloads: () => [frames] },
    { title: 'v8, a run', codec: v8, payloads: () => [packFrames(frames)] },
  ];
  return forms.map(form => ({ ...form, title: `${size}: ${form.title}` }));
}

/** Each measures what it does; nothing is kept from one time to the next. */
function contest({ title, codec, payloads, unwrap = itself }: Form): Contest<number> {
  const encode = () => payloads().map(codec.encode);
  const encoded = encode();
  const decode = () => encoded.map(piece => unwrap(codec.decode(piece)));
  return {
    title,
    contestants: [
      { title: 'encode', measure: async () => cost(encode) },
      { title: 'decode', measure: async () => cost(decode) },
      { title: 'bytes', measure: async () => encoded.reduce((sum, piece) => sum + piece.length, 0) / messages },
    ],
  };
}

/** Nanoseconds for one message. */
function cost(task: () => unknown): number {
  const start = performance.now();
  let times = 0;
  let time = 0;
  while (time < roundTime) {
    for (let i = 0; i < 20; i++) task();
    times += 20;
    time = performance.now() - start;
  }
  return (time * 1e6) / times / messages;
}

function row({ title, results }: Outcome<number>): Row {
  const [encode = Number.NaN, decode = Number.NaN, bytes = Number.NaN] = results.map(({ scores }) => {
    return middle(scores, itself);
  });
  return { title, cells: [encode, decode, encode + decode, bytes].map(figure => figure.toFixed(0)) };
}

function orders(load: Load): object[] {
  return Array.from({ length: messages }, (_, number) => makeOrder('order', number, load));
}

/** As from a program with two types of messages. */
function mixedOrders(): object[] {
  return orders(small).map((order, page) => {
    return page % 2 === 0 ? order : { type: 'menu', page, of: 12, dishes: ['onion soup', 'bread'], fresh: true };
  });
}

function textRun(text: string | readonly string[]): unknown {
  return [[RunKind.messages, 0, text]];
}

function parseText(payload: unknown): unknown {
  const [[, , text]] = payload as [[number, number, string]];
  return JSON.parse(text);
}

function parseTexts(payload: unknown): unknown {
  const [[, , texts]] = payload as [[number, number, string[]]];
  return texts.map(text => JSON.parse(text));
}

function itself<T>(value: T): T {
  return value;
}
