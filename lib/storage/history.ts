import { VersionGoneError } from '../errors/storage-errors.js';
import type { Access } from './access.js';
import type { ChangeLog } from './change-log.js';
import type { Store, StoredChange } from './store.js';

/** Who knows what has changed. */
export interface History {
  readonly log: ChangeLog;
  readonly store: Pick<Store, 'version'>;
}

/**
 * Every change after a version, as somebody may see it.
 *
 * @throws {@link VersionGoneError} with code `CLUSTER_VERSION_GONE`, also for a version that is still to come: it is one of
 * another storage, which was lost
 */
export function historyFrom({ log, store }: History, since: number, access: Access): readonly StoredChange[] {
  const changes = since <= store.version ? log.since(since) : undefined;
  if (changes) return access.restrictsReading ? changes.flatMap(change => access.narrow(change) ?? []) : changes;

  throw versionGone(since, log);
}

/** The changes after a version are not to be had. */
export function versionGone(since: number, { oldest }: Pick<ChangeLog, 'oldest'>): VersionGoneError {
  const message = `The changes after version ${since} are not remembered: read what there is, and watch from there`;
  return new VersionGoneError(message, { since, oldest });
}
