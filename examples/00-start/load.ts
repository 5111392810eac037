import autocannon from 'autocannon';

/** What a stretch of load came to. */
export interface LoadResult {
  /** Requests written to a connection. */
  readonly sent: number;
  /** Answers with a 2xx status. */
  readonly answered: number;
  /** Answers with any other status. */
  readonly refused: number;
  /** Connections that broke or timed out. */
  readonly errors: number;
  /** 99th percentile of the time to an answer, in milliseconds. */
  readonly p99: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  /** In milliseconds. */
  readonly duration: number;
  /** Called for every answer. */
  readonly onAnswer: () => void;
}

/** Asks again and again over keep-alive connections, one request at a time on each. */
export async function load({ url, connections, duration, onAnswer }: LoadOptions): Promise<LoadResult> {
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const settle = (error: unknown, done: autocannon.Result) => (error ? reject(error) : resolve(done));
    // An answer that takes longer than two seconds was not given.
    const instance = autocannon({ url, connections, duration: duration / 1000, timeout: 2 }, settle);
    instance.on('response', onAnswer);
  });
  return {
    sent: result.requests.sent,
    answered: result['2xx'],
    refused: result.non2xx,
    errors: result.errors,
    p99: result.latency.p99,
  };
}
