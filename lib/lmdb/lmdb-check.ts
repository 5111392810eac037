/**
 * The script of the process that checks a database before the primary opens it.
 *
 * Lmdb maps its file and follows what stands there: a damaged one may end the process with a signal. So it is this one that
 * looks at it first; the primary opens a copy that was written anew.
 */
import { StorageCorruptError } from '../errors/storage-errors.js';
import { checkedCopy } from './checked-copy.js';
import { loadLmdb } from './load-lmdb.js';

/** What the process has to say. If it ends without a verdict after it has begun, the file was the end of it. */
export type Verdict =
  | { readonly verdict: 'begun' | 'sound' }
  | { readonly verdict: 'corrupt' | 'failed'; readonly reason: string };

await check(process.argv.slice(2));

async function check([source = '', target = '', store = '']: readonly string[]): Promise<void> {
  try {
    const lmdb = await loadLmdb(store);
    say({ verdict: 'begun' });
    await checkedCopy(lmdb, { source, target, store });
    say({ verdict: 'sound' });
  } catch (error) {
    say(verdictOn(error));
  }
}

/** At once: there may be no later. */
function say(verdict: Verdict): void {
  process.getBuiltinModule('node:fs').writeSync(1, `${JSON.stringify(verdict)}\n`);
}

function verdictOn(error: unknown): Verdict {
  if (error instanceof StorageCorruptError) return { verdict: 'corrupt', reason: error.details.reason };

  const reason = error instanceof Error ? error.message : String(error);
  return { verdict: isAboutFile(error) ? 'corrupt' : 'failed', reason };
}

/**
 * What the operating system refuses has a name or a number above 0 as its code, and so have our own errors. What lmdb finds has a
 * number below 0, or none at all: that a key is impossibly long, say.
 */
function isAboutFile(error: unknown): boolean {
  const { code }: { readonly code?: unknown } = typeof error === 'object' && error !== null ? error : {};
  return typeof code === 'number' ? code < 0 : code === undefined;
}
