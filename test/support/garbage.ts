import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Frees, now, whatever nothing leads to any more; what a `WeakRef` was made of or gave in this very task stays. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
