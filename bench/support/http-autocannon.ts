/** Makes load with autocannon, in a process of its own, where wrk is not installed; prints the score. */
import autocannon from 'autocannon';
import type { HttpLoad, HttpScore } from './http-load.js';
import { host } from './http-modes.js';

const load: HttpLoad & { readonly connections: number; readonly seconds: number } = JSON.parse(process.argv[2] ?? '{}');
const { port, keepAlive, connections, seconds } = load;
const { requests, latency, errors, non2xx } = await autocannon({
  url: `http://${host}:${port}/`,
  connections,
  duration: seconds,
  headers: keepAlive ? {} : { connection: 'close' },
});
const score: HttpScore = {
  answered: requests.total,
  rate: requests.average / 1_000,
  p99: latency.p99,
  failed: errors + non2xx,
};
process.stdout.write(JSON.stringify(score));
