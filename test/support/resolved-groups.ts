import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import { Groups } from '../../lib/primary/groups.js';
import {
  type ClusterPrimaryOptions,
  primaryDeclarations,
  type ResolvedPrimaryOptions,
} from '../../lib/primary/options.js';

/** The groups of a primary that was given these options. */
export function groupsOf(options: ClusterPrimaryOptions = {}): Groups {
  return new Groups(resolveOptions(options, primaryDeclarations, 'ClusterPrimary') as ResolvedPrimaryOptions);
}
