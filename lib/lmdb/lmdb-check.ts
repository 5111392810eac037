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

/** Errors of lmdb have numbers for codes: its own are below 0, those of the operating system above. */
function isAboutFile(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number' && error.code < 0
  );
}
