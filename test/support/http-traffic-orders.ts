import { createHash } from 'node:crypto';
import type { Kind } from './http-traffic-log.js';
import type { Seeded } from './seeded.js';

/** A request to make, and what has to come of it. */
export interface Order {
  readonly id: string;
  readonly kind: Kind;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What is uploaded. */
  readonly body?: Buffer | undefined;
  /** How it is uploaded: with its length said, in chunks of unknown number, or after the server has asked for it. */
  readonly upload: 'whole' | 'chunked' | 'expect';
  readonly expected: string;
}

const uploadSize = 1_000_000;
const streamChunks = 5;

interface Upload {
  readonly body: Buffer;
  readonly answer: string;
}

/** Few, since making them costs more than sending them. */
const uploads: Upload[] = [];

function anUpload(random: Seeded): Upload {
  const made = uploads[random.integer(0, 7)];
  if (made) return made;

  const seed = `${uploads.length} and so on, `;
  const body = Buffer.alloc(uploadSize, seed);
  const upload = { body, answer: uploadAnswer(body.length, createHash('sha1').update(body).digest('hex')) };
  uploads.push(upload);
  return upload;
}

/** What a server answers to an upload. */
export function uploadAnswer(length: number, hash: string): string {
  return `${length} bytes, ${hash}`;
}

/** What a server answers to a request that is not an upload. */
export function answerTo(id: string): string {
  return `here is ${id}. `;
}

/** The same in pieces. */
export function piecesOf(id: string): string[] {
  return Array.from({ length: streamChunks }, (_, number) => `${number}: ${answerTo(id).repeat(20)}\n`);
}

/** 5 % slow ones, 5 % uploads of 1 MB, 5 % streams, 2 % pairs; the rest is small. */
export function anyKind(random: Seeded): Kind {
  const lot = random.next();
  if (lot < 0.05) return 'slow';
  if (lot < 0.1) return 'upload';
  if (lot < 0.15) return 'stream';
  return lot < 0.17 ? 'pair' : 'small';
}

/** What is asked for in this request. */
export function orderFor(kind: Kind, id: string, random: Seeded): Order {
  const order = { id, kind, method: 'GET', path: `/${kind}`, upload: 'whole' } as const;
  if (kind === 'stream') return { ...order, expected: piecesOf(id).join('') };
  if (kind !== 'upload') return { ...order, expected: answerTo(id) };

  const { body, answer } = anUpload(random);
  const upload = random.pick(['whole', 'chunked', 'expect'] as const);
  return { ...order, method: 'POST', body, upload, expected: answer };
}
