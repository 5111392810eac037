import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'mocha';

/** In the suite that calls it: gives directories that are not there yet, and takes them away when the suite is over. */
export function scratch(): () => string {
  let home: string | undefined;
  let count = 0;
  after(() => {
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
    home = undefined;
  });
  return () => {
    home ??= mkdtempSync(path.join(tmpdir(), 'phased-cluster-'));
    return path.join(home, `${++count}`);
  };
}
