/**
 * Who accepts the connections of a server that several workers listen for: the primary, which gives them to each in turn
 * (`rr`) or by a key (`sticky`); whoever is first (`none`); each worker its own (`reusePort`).
 */
export type HttpMode = 'rr' | 'none' | 'reusePort' | 'sticky';

/** What serves: one process, workers of plain `node:cluster`, or this library's. */
export type HttpSide = 'single' | 'raw' | 'ours';

/** What a process of the benchmark is told by its arguments. */
export interface HttpSideOptions {
  readonly side: HttpSide;
  readonly mode: HttpMode;
  readonly workerCount: number;
  readonly port: number;
}

export const host = '127.0.0.1';
