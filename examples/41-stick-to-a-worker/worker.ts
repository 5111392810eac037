import { createServer } from 'node:http';
import { ClusterWorker } from 'phased-cluster';
import { Server } from 'socket.io';

class Host extends ClusterWorker {
  protected override _activate(): void {
    const server = createServer();
    const io = new Server(server);
    io.on('connection', async guest => {
      const room = String(guest.handshake.query.room);
      guest.on('say', () => io.to(room).emit('said', { by: this.name, pid: process.pid }));
      await guest.join(room);
    });
    this.serve(server, { port: 0, host: '127.0.0.1' });
    // A poll waits for news: it is answered now, not at the deadline. A client that loses its transport comes again.
    this.onShutDown('guests', () => io.engine.close());
  }
}

new Host();
