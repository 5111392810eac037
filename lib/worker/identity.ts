import type { Place } from '../protocol/frame.js';
import { host } from './host.js';

/** Who a worker is, as its primary has written it into the environment. */
export interface Identity {
  readonly id: number;
  readonly name: string;
  readonly group: string;
  readonly slot: number;
  readonly serialization: 'json' | 'advanced';
  /** The name of the codec that the primary uses; `undefined` for none. */
  readonly codec: string | undefined;
  /** Whether this is a spare worker, which waits for a place when it is initialized. */
  readonly isStandby: boolean;
}

/** Outside a worker process, and in one that a primary of another kind forked, the missing parts have neutral values. */
export function readIdentity(env: NodeJS.ProcessEnv = process.env): Identity {
  const id = host.node?.id ?? 0;
  const slot = Number(env.CLUSTER_SLOT ?? 0);
  return {
    id,
    name: env.CLUSTER_NAME ?? `worker-${id}`,
    group: env.CLUSTER_GROUP ?? 'default',
    slot: Number.isSafeInteger(slot) ? slot : 0,
    serialization: env.CLUSTER_SERIALIZATION === 'advanced' ? 'advanced' : 'json',
    codec: env.CLUSTER_CODEC,
    isStandby: env.CLUSTER_STANDBY === '1',
  };
}

/** The identity of a spare worker that takes a place; whoever reads the environment finds the same. */
export function moved(identity: Identity, { name, slot }: Place, env: NodeJS.ProcessEnv = process.env): Identity {
  env.CLUSTER_NAME = name;
  env.CLUSTER_SLOT = String(slot);
  delete env.CLUSTER_STANDBY;
  return { ...identity, name, slot, isStandby: false };
}
