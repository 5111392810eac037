import { Packr } from 'msgpackr';
import type { Codec } from 'phased-cluster';

// Records make it small and fast: the names of fields are written once a batch. Give it no `structures`: those would be known
// to the process that wrote them, and to no other. Every batch has to be readable by itself.
const packr = new Packr({ moreTypes: true });

/** MessagePack for both sides, which carries Map, Set, Date and bytes. */
export const codec: Codec = {
  name: 'msgpackr',
  carries: 'advanced',
  encode: batch => packr.pack(batch),
  decode: (bytes: Uint8Array) => packr.unpack(bytes),
};
