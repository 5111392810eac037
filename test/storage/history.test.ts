import { expect } from 'chai';
import { describe, it } from 'mocha';
import { VersionGoneError } from '../../lib/errors/storage-errors.js';
import { Access } from '../../lib/storage/access.js';
import { ChangeLog } from '../../lib/storage/change-log.js';
import { historyFrom, versionGone } from '../../lib/storage/history.js';
import { changeOf } from '../support/changes.js';

/** A log of three changes of which the first is forgotten. */
function setUp() {
  const log = new ChangeLog({ changes: 2, weight: 1_000 });
  for (const change of [changeOf(1, 'a', 1), changeOf(3, 'secret', 2), changeOf(5, 'b.secret', 3)]) log.add([change]);
  return { log, store: { version: 6 } };
}

const all = new Access('cooks');
const versions = (since: number, access = all) => historyFrom(setUp(), since, access).map(({ version }) => version);

describe('historyFrom', () => {
  it('has what came after a version, also one that no change has', () => {
    expect(versions(1)).to.deep.equal([3, 5]);
    expect(versions(2)).to.deep.equal([3, 5]);
    expect(versions(3)).to.deep.equal([5]);
    expect(versions(5)).to.deep.equal([]);
    expect(versions(6)).to.deep.equal([]);
  });

  it('refuses what is forgotten, with what there is', () => {
    expect(() => versions(0))
      .to.throw(VersionGoneError)
      .that.deep.includes({ code: 'CLUSTER_VERSION_GONE', details: { since: 0, oldest: 1 } });
  });

  it('refuses a version that is still to come: it is one of a storage that was lost', () => {
    expect(() => versions(7)).to.throw(VersionGoneError);
  });

  it('shows only what may be seen', () => {
    const access = new Access('guests', { secret: 'none', 'b.secret': 'none' });

    expect(versions(1, access)).to.deep.equal([]);
    expect(versions(1, new Access('guests', { secret: 'none' }))).to.deep.equal([5]);
  });
});

describe('versionGone', () => {
  it('says what to do', () => {
    expect(versionGone(3, { oldest: 8 }).message).to.equal(
      'The changes after version 3 are not remembered: read what there is, and watch from there',
    );
  });
});
