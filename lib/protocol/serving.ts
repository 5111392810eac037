/** How Node reports an address that a worker listens on. */
export interface ListeningAddress {
  /** An IP address, or the path of a unix socket; `null` or `undefined` for all addresses. */
  readonly address: string | null | undefined;
  readonly port: number | undefined;
  /** 4 and 6 for TCP, -1 for a unix socket. */
  readonly addressType: 4 | 6 | -1 | 'udp4' | 'udp6';
}

/** Who accepts the connections of an address: all workers that listen on it share one socket, or each has one of its own. */
export type Balance = 'shared' | 'reusePort';

/** What became of the connections of a server that was closed. */
export interface DrainReport {
  /** Those that were open when the server stopped listening, and those that came in after that. */
  readonly connections: number;
  /** Those that were closed because nothing went on there. */
  readonly idle: number;
  /** Those that were upgraded, to a WebSocket say, and those of a `net` server: they were given to `socketDrain`. */
  readonly handedOver: number;
  /** Those that were cut at the deadline, whatever went on there. */
  readonly cut: number;
  /**
   * Those that the operating system reset because they waited for a socket that only this worker had (`reusePort`), as far as
   * it tells; 0 in the other modes.
   */
  readonly resets: number;
  /** Milliseconds from when the server stopped listening until its last connection was closed. */
  readonly duration: number;
}

/** Where a worker wants to listen; plain data. */
export interface ListenSpec {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  readonly backlog?: number | undefined;
  readonly ipv6Only?: boolean | undefined;
  readonly balance: Balance;
  /** Whether the address may be that of another group's server. */
  readonly acrossGroups: boolean;
}

/**
 * What a worker says about one of its servers, in a serve frame whose id is the server's in this worker, from 1.
 *
 * - `listen`: may I, and how? The primary answers.
 * - `listening`: I do; only when Node does not tell the primary by itself.
 * - `failed`: I could not; the address is free.
 * - `taken`: a connection that the primary handed over is mine, or (`accepted: false`) was not taken and is the primary's.
 * - `close`: I listen no more. The primary answers when no connection is on its way to the worker any longer.
 * - `closed`: no connection of the server is left.
 */
export type ServeWord =
  | { readonly act: 'listen'; readonly spec: ListenSpec }
  | { readonly act: 'listening'; readonly address: ListeningAddress }
  | { readonly act: 'failed' }
  | { readonly act: 'taken'; readonly connection: number; readonly accepted: boolean }
  | { readonly act: 'close' }
  | { readonly act: 'closed'; readonly address: ListeningAddress | undefined; readonly report: DrainReport };

/**
 * What the primary says about one of a worker's servers.
 *
 * - `bind`: listen by yourself, on `port` if it is there, which is the one that the first worker got for port 0.
 * - `route`: do not listen: the primary does, on `address`, and hands connections over.
 * - `refuse`: do not listen; why not, as plain data.
 * - `connection`: here is one; the frame comes with a handle. `head` is what the primary has read of it, as latin1.
 * - `close`: the answer to the worker's.
 */
export type ServeOrder =
  | { readonly act: 'bind'; readonly port?: number | undefined }
  | { readonly act: 'route'; readonly address: ListeningAddress }
  | { readonly act: 'refuse'; readonly error: object }
  | { readonly act: 'connection'; readonly connection: number; readonly head?: string | undefined }
  | { readonly act: 'close' };
