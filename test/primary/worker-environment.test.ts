import { expect } from 'chai';
import { describe, it } from 'mocha';
import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import { Groups } from '../../lib/primary/groups.js';
import {
  type ClusterPrimaryOptions,
  primaryDeclarations,
  type ResolvedPrimaryOptions,
} from '../../lib/primary/options.js';
import { workerEnvironment } from '../../lib/primary/worker-environment.js';
import { textCodec } from '../support/codecs.js';
import { slotOf } from '../support/worker-process.js';

function environment(options: ClusterPrimaryOptions = {}, role: 'worker' | 'standby' = 'worker') {
  const resolved = resolveOptions(options, primaryDeclarations, 'ClusterPrimary') as ResolvedPrimaryOptions;
  return workerEnvironment({ slot: slotOf('cook', 3), role }, new Groups(resolved).default);
}

describe('workerEnvironment', () => {
  it('tells a worker who it is, and how it can be talked to', () => {
    expect(environment({ serialization: 'advanced', codec: textCodec })).to.deep.equal({
      CLUSTER_GROUP: 'default',
      CLUSTER_SLOT: '3',
      CLUSTER_NAME: 'cook',
      CLUSTER_SERIALIZATION: 'advanced',
      CLUSTER_CODEC: 'text',
      CLUSTER_STANDBY: undefined,
      CLUSTER_WATCHDOG_FD: '4',
    });
  });

  it('tells a spare worker that it is one', () => {
    expect(environment({}, 'standby')).to.include({ CLUSTER_STANDBY: '1' });
  });

  it('says where there is nothing, so that nothing is inherited', () => {
    expect(environment({ watchdog: false })).to.include({ CLUSTER_CODEC: undefined, CLUSTER_WATCHDOG_FD: undefined });
  });

  it('tells a script that does not use this library of no codec and no watchdog', () => {
    expect(environment({ readyOn: 'online', codec: textCodec })).to.include({
      CLUSTER_CODEC: undefined,
      CLUSTER_WATCHDOG_FD: undefined,
    });
  });
});
