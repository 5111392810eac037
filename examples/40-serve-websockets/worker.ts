import { createServer } from 'node:http';
import { ClusterWorker } from 'phased-cluster';
import { type WebSocket, WebSocketServer } from 'ws';

class Chat extends ClusterWorker {
  readonly #server = createServer();
  readonly #webSockets = new WebSocketServer({ server: this.#server });
  readonly #guests = new WeakMap<object, WebSocket>();

  protected override _activate(): void {
    this.#webSockets.on('connection', (guest, { socket }) => {
      this.#guests.set(socket, guest);
      guest.on('message', text => guest.send(`${text}, says ${process.pid}`));
    });
    this.on('socketDrain', event => {
      const guest = this.#guests.get(event.data.socket);
      if (!guest) return;

      // The default would end the connection without a word. Prevented, it is ours until the deadline.
      event.prevent();
      guest.close(1001, 'come again');
    });
    this.serve(this.#server, { port: 0, host: '127.0.0.1' });
  }
}

new Chat();
