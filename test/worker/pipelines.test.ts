import { hasSubscribers } from 'node:diagnostics_channel';
import { createServer, type ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Pipelines } from '../../lib/worker/pipelines.js';
import { Wire } from '../support/http-wire.js';
import { localServer } from '../support/sockets.js';
import { until } from '../support/with-deadline.js';

describe('Pipelines', () => {
  let server: Server;
  let pipelines: Pipelines;
  let wire: Wire;
  const responses: ServerResponse[] = [];

  beforeEach(async () => {
    const listening = await localServer(createServer((_request, response) => responses.push(response)));
    server = listening.server;
    pipelines = new Pipelines(server);
    wire = await Wire.to(listening.port);
  });

  afterEach(() => {
    wire.socket.destroy();
    server.close();
    pipelines.release();
    responses.length = 0;
  });

  async function get(...urls: string[]): Promise<Socket> {
    const before = responses.length;
    wire.get(...urls);
    await until(() => responses.length === before + urls.length, 5_000, 'requests');
    return responses[0]?.req.socket as Socket;
  }

  it('has the responses that are not sent, in order', async () => {
    const socket = await get('/1', '/2', '/3');

    expect(pipelines.of(socket)).to.deep.equal(responses);
  });

  it('has those only that are left', async () => {
    const socket = await get('/1', '/2', '/3');
    responses[0]?.end();
    responses[1]?.end();
    await wire.answers(2);
    await until(() => responses[1]?.writableFinished === true, 5_000, 'end of the response');

    expect(pipelines.of(socket)).to.deep.equal([responses[2]]);
    await get('/4');
    expect(pipelines.of(socket)).to.deep.equal([responses[2], responses[3]]);
  });

  it('has none when all were sent', async () => {
    const socket = await get('/1', '/2');
    for (const response of responses) response.end();
    await wire.answers(2);
    await until(() => responses[1]?.writableFinished === true, 5_000, 'end of the response');

    expect(pipelines.of(socket)).to.deep.equal([]);
  });

  it('does not note those of other servers', async () => {
    const other = new Pipelines(createServer());
    const socket = await get('/1', '/2');

    expect(other.of(socket)).to.deep.equal([responses[0]]);
    other.release();
  });

  it('leaves nothing behind', () => {
    pipelines.release();

    expect(hasSubscribers('http.server.request.start')).to.equal(false);
  });
});
