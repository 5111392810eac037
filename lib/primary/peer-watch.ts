import { PreventedError } from '../errors/errors.js';
import { decode, encode } from '../protocol/encoded.js';
import { type Encoded, type Frame, FrameKind, frameBody } from '../protocol/frame.js';
import { isFrame } from '../protocol/frame-guard.js';
import { isRun, looksLikeRun, mostFramesReceived, packFrames, unpackFrames } from '../protocol/frame-run.js';
import { findExcess, type Limits } from '../protocol/limits.js';
import type { Announce, PeerMessageKind } from './events.js';
import type { WorkerHandle } from './worker-handle.js';

/** What a {@link PeerWatch} is made with. */
export interface PeerWatchParts {
  readonly announce: Announce;
  /** What a message may be. */
  readonly limits: Limits;
  /** Whether anybody looks. */
  readonly isOn: () => boolean;
}

/** A parcel on its way. */
export interface ParcelInTransit {
  readonly from: WorkerHandle;
  readonly to: WorkerHandle;
  readonly content: Encoded;
}

/** What becomes of a parcel. */
export interface Inspected {
  /** What is to be passed on; `undefined` for nothing. */
  readonly content: Encoded | undefined;
  /** What is not, by its place, and why; `undefined` if all is passed on. */
  readonly refused?: { readonly error: Error; readonly which: readonly number[] };
}

/** What a batch may hold beside its largest message, in bytes: many times what one of ours does. */
const besides = 1024 * 1024;

const kinds: { readonly [kind: number]: PeerMessageKind } = {
  [FrameKind.message]: 'message',
  [FrameKind.request]: 'request',
  [FrameKind.open]: 'stream',
};

/** Lets the primary's listeners see, and prevent, what workers say to each other: as long as nobody looks, nothing is read. */
export class PeerWatch {
  readonly #parts: PeerWatchParts;

  constructor(parts: PeerWatchParts) {
    this.#parts = parts;
  }

  /** What listeners leave of a parcel; `undefined` if it holds what no worker of ours sends. Never throws. */
  inspect(parcel: ParcelInTransit): Inspected | undefined {
    const { content } = parcel;
    if (!this.#parts.isOn()) return { content };

    const frames = this.#open(content);
    if (frames === undefined) return undefined;

    const which = frames.flatMap((frame, place) => (this.#mayPass(frame, parcel) ? [] : [place]));
    if (which.length === 0) return { content };

    const error = new PreventedError('A subscriber of the primary prevented the message', { event: 'peerMessage' });
    const left = frames.filter((_, place) => !which.includes(place));
    // As it came, since that is what the sender's messages can be encoded as.
    const serialization = typeof content === 'string' && content.startsWith('[') ? 'json' : 'advanced';
    return {
      content: left.length === 0 ? undefined : encode(packFrames(left), serialization),
      refused: { error, which },
    };
  }

  /** The frames of a parcel, one by one; `undefined` if it is none. */
  #open(content: Encoded): readonly Frame[] | undefined {
    let batch: unknown;
    try {
      batch = decode(content);
    } catch {
      return undefined;
    }
    const { maxMessageBytes, maxDepth } = this.#parts.limits;
    // A batch holds one large message or many small ones; it, a run and its list take three levels of their own.
    const roomy = { maxMessageBytes: maxMessageBytes + besides, maxDepth: maxDepth + 3 };
    if (!Array.isArray(batch) || batch.length > mostFramesReceived || findExcess(batch, roomy)) return undefined;
    if (!batch.every(element => (looksLikeRun(element) ? isRun(element) : isFrame(element)))) return undefined;

    return unpackFrames(batch);
  }

  #mayPass(frame: Frame, { from, to }: ParcelInTransit): boolean {
    const kind = kinds[frame[0]];
    if (kind === undefined) return true;

    return this.#parts.announce('peerMessage', { message: frameBody(frame), worker: from, to, kind });
  }
}
