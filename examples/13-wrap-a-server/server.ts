// An ordinary server, as it may have stood there for years. It does not know that it runs in a cluster.
import { createServer } from 'node:http';

const server = createServer((_request, response) => {
  response.end('hello, as always');
});

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
