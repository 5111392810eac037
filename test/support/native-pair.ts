import type { SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import { socketPair } from './sockets.js';

/** A connection as a worker receives it, below any socket, and its other end. */
export async function nativePair(): Promise<[handle: NonNullable<SendHandle>, client: Socket]> {
  const [accepted, client] = await socketPair();
  return [detach(accepted), client];
}

/** Takes the handle away from its socket, which reads nothing: it is as if there had been no socket. */
export function detach(socket: Socket): NonNullable<SendHandle> {
  const inside = socket as Socket & { _handle: NonNullable<SendHandle> | null };
  const { _handle: handle } = inside;
  if (handle === null) throw new Error('The socket is closed');

  inside._handle = null;
  socket.destroy();
  return handle;
}
