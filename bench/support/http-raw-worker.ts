/** The worker of `bench/http.ts` by hand. */
import { httpServer, rawListenOptions, workerArguments } from './http-server.js';

const { port, mode } = workerArguments();
const server = httpServer();
server.listen(rawListenOptions(port, mode), () => process.send?.('listening'));
