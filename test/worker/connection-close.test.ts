import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { announceClose } from '../../lib/worker/connection-close.js';
import { Wire } from '../support/http-wire.js';
import { localServer } from '../support/sockets.js';

const get = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n';

/** What goes over the wire when that is sent and each response is handled like that, and how often it was announced. */
async function conversation(sent: string, respond: (response: ServerResponse) => void) {
  let announced = 0;
  const { server, port } = await localServer(
    createServer((_request, response) => {
      // Later than Node has seen the end of the request.
      setImmediate(() => {
        announceClose(response, () => {
          announced += 1;
        });
        respond(response);
      });
    }),
  );
  const wire = await Wire.to(port);
  try {
    wire.send(sent);
    const responses = await wire.answers();
    return { announced, headers: responses[0]?.headers, text: wire.text };
  } finally {
    wire.socket.destroy();
    server.close();
  }
}

describe('announceClose', () => {
  it('lets the last response say so', async () => {
    const { announced, headers } = await conversation(get, response => response.end('x'));

    expect(headers?.get('connection')).to.equal('close');
    expect(announced).to.equal(1);
  });

  it('replaces what the user says, in each form that Node takes', async () => {
    const forms: ((response: ServerResponse) => void)[] = [
      response => response.setHeader('connection', 'keep-alive').end(),
      response => response.setHeader('connection', ['keep-alive']).end(),
      response => response.writeHead(200, { CONNECTION: 'keep-alive' }).end(),
      response => response.writeHead(200, 'OK', ['connection', 'keep-alive']).end(),
      // Node's types do not know pairs.
      response => response.writeHead(200, [['Connection', 'keep-alive']] as never).end(),
      response => {
        response.removeHeader('connection');
        response.end();
      },
    ];
    for (const respond of forms) {
      const { headers } = await conversation(get, respond);
      expect(headers?.get('connection'), String(respond)).to.equal('close');
    }
  });

  it('keeps other options of the connection', async () => {
    const { headers } = await conversation(get, response =>
      response.writeHead(426, { Connection: 'Upgrade, Keep-Alive', Upgrade: 'x' }).end(),
    );

    expect(headers?.get('connection')).to.equal('close, Upgrade');
  });

  it('changes no other header', async () => {
    const { text } = await conversation(get, response =>
      response.writeHead(200, ['Set-Cookie', 'a', 'Set-Cookie', 'b', 'x', 'connection']).end(),
    );

    expect(text).to.match(/Set-Cookie: a\r\nSet-Cookie: b\r\nx: connection\r\n/);
  });

  it('leaves a response alone whose request is not here in full', async () => {
    const upload = 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n012';
    const { announced, headers } = await conversation(upload, response => response.end('x'));

    expect(headers?.get('connection')).to.equal('keep-alive');
    expect(announced).to.equal(0);
  });

  it('leaves a response alone behind which there is another request', async () => {
    const { headers } = await conversation(get + get, response => response.end('x'));

    expect(headers?.get('connection')).to.equal('keep-alive');
  });

  it('leaves a response alone that switches protocols', async () => {
    const { announced, headers } = await conversation(get, response =>
      response.writeHead(101, { Connection: 'Upgrade', Upgrade: 'x' }).end(),
    );

    expect(headers?.get('connection')).to.equal('Upgrade');
    expect(announced).to.equal(0);
  });

  it('leaves a response alone whose head was written', async () => {
    const { server, port } = await localServer(
      createServer((_request, response) => {
        response.writeHead(200);
        const { writeHead } = response;
        announceClose(response, () => {});
        response.end(String(response.writeHead === writeHead));
      }),
    );
    const wire = await Wire.to(port);
    wire.send(get);

    expect((await wire.answers())[0]?.body).to.equal('true');
    wire.socket.destroy();
    server.close();
  });

  it('lets Node refuse a second head', async () => {
    let code: unknown;
    const { announced } = await conversation(get, response => {
      response.writeHead(200);
      try {
        response.writeHead(200);
      } catch (error) {
        code = Reflect.get(Object(error), 'code');
      }
      response.end();
    });

    expect(code).to.equal('ERR_HTTP_HEADERS_SENT');
    expect(announced).to.equal(1);
  });
});
