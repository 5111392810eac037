import { type Codec, codecRule } from '../channel/codec.js';
import { type LimitOptions, limitDeclarations, type ResolvedLimits } from '../channel/limit-options.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import type { OptionDeclarations } from '../lifecycle/option-table.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import { type SchemaTable, schemaTable } from '../protocol/schema.js';
import { number } from '../util/check.js';

/** Options of {@link ClusterWorker}. */
export interface ClusterWorkerOptions<P extends Protocol = AnyProtocol> extends InitializableOptions, LimitOptions {
  /**
   * Milliseconds that open handlers have to finish when the worker stops by itself or loses its primary; when the
   * primary asks, its `drainTimeout` counts, also if a SIGTERM came first. @default 30_000
   */
  readonly drainTimeout?: number | undefined;
  /** Encodes messages; it has to be the codec that the primary uses. @default none */
  readonly codec?: Codec | undefined;
  /** Standard Schemas by section and type, which validate what is received. */
  readonly schemas?: SchemaTable<P> | undefined;
}

/** {@link ClusterWorkerOptions} after every check, with every default. */
export interface ResolvedWorkerOptions extends ResolvedLimits {
  readonly drainTimeout: number;
  readonly codec: Codec | undefined;
  readonly schemas: SchemaTable<Protocol> | undefined;
}

export const workerDeclarations: OptionDeclarations = {
  drainTimeout: { default: 30_000, ...number({ min: 0, orInfinity: true }) },
  codec: codecRule,
  schemas: schemaTable,
  ...limitDeclarations,
};
