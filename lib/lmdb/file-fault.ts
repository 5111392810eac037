/** Where things are in a file of lmdb on a 64-bit machine with little-endian numbers, from the beginning of a page. */
const at = Object.freeze({
  number: 0,
  transaction: 8,
  flags: 18,
  magic: 24,
  version: 28,
  mapSize: 40,
  pageSize: 48,
  root: 136,
  lastTransaction: 152,
});

const bytesOfHeader = 160;
const isMeta = 8;
const magic = 0xbeefc0de;
const dataVersion = 2;
const nothing = 0xffff_ffff_ffff_ffffn;
/** No process maps more. */
const largestMap = 2n ** 47n;

const nowhere = Buffer.alloc(0);

/** One of the two pages that say where the data begins: transactions write them in turn. */
interface MetaPage {
  readonly mapSize: bigint;
  readonly pageSize: number;
  readonly root: bigint;
  readonly transaction: bigint;
}

/** Bytes of a file; fewer than asked for at its end. */
type Read = (position: number, length: number) => Buffer;

/**
 * What is wrong with a file of lmdb, as far as its first pages tell; `undefined` for nothing.
 *
 * Lmdb has no checksums and believes what it reads there: by one wrong bit it would take the data of the transaction before
 * for the latest. Each page knows which transaction wrote it, and every transaction writes its own root.
 */
export function fileFault(file: string): string | undefined {
  const { closeSync, fstatSync, openSync, readSync } = process.getBuiltinModule('node:fs');
  const descriptor = openSync(file, 'r');
  try {
    if (!fstatSync(descriptor).isFile()) return 'it is no file';

    return faultIn((position, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
    });
  } finally {
    closeSync(descriptor);
  }
}

function faultIn(read: Read): string | undefined {
  const first = read(0, bytesOfHeader);
  if (first.length < bytesOfHeader) return 'the file is cut off';
  if (!isKnownLayout(first)) return undefined;

  const pageSize = first.readUInt32LE(at.pageSize);
  const pages = [first, read(pageSize, bytesOfHeader)];
  const metas = pages.map(readMeta);
  const faults = metas.map((meta, index) =>
    meta ? metaFault(meta, { index, pageSize, read }) : 'it is no file of lmdb',
  );
  const [one, other] = metas;
  const fault = faults.find(each => each !== undefined);
  if (fault !== undefined || !one || !other) return fault;

  const distance = one.transaction - other.transaction;
  return distance >= -1n && distance <= 1n ? undefined : 'its first two pages do not belong together';
}

/** On other machines numbers have other sizes, and other versions of lmdb may do it otherwise: there it is left to lmdb. */
function isKnownLayout(first: Buffer): boolean {
  const isKnownMachine = process.getBuiltinModule('node:os').endianness() === 'LE' && /64/.test(process.arch);
  const isOtherVersion = first.readUInt32LE(at.magic) === magic && first.readUInt16LE(at.version) !== dataVersion;
  return isKnownMachine && !isOtherVersion;
}

function readMeta(page: Buffer): MetaPage | undefined {
  if (page.length < bytesOfHeader || (page.readUInt16LE(at.flags) & isMeta) === 0) return undefined;
  if (page.readUInt32LE(at.magic) !== magic || page.readUInt16LE(at.version) !== dataVersion) return undefined;

  return {
    mapSize: page.readBigUInt64LE(at.mapSize),
    pageSize: page.readUInt32LE(at.pageSize),
    root: page.readBigUInt64LE(at.root),
    transaction: page.readBigUInt64LE(at.lastTransaction),
  };
}

function metaFault(
  meta: MetaPage,
  { index, pageSize, read }: { readonly index: number; readonly pageSize: number; readonly read: Read },
): string | undefined {
  if (meta.pageSize !== pageSize || meta.mapSize > largestMap) return 'one of its first two pages is damaged';
  if (meta.transaction === 0n) return meta.root === nothing ? undefined : 'one of its first two pages is damaged';
  if (meta.transaction % 2n !== BigInt(index)) return 'its first two pages are not in their places';

  const position = meta.root * BigInt(pageSize);
  const page = position < Number.MAX_SAFE_INTEGER ? read(Number(position), at.flags) : nowhere;
  if (page.length < at.flags) return 'the file is cut off';

  const isRoot = page.readBigUInt64LE(at.number) === meta.root;
  return isRoot && page.readBigUInt64LE(at.transaction) === meta.transaction
    ? undefined
    : 'its data does not belong to its first two pages';
}
