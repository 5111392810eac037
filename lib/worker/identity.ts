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
  };
}
