import type { SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';

/** What Node has below a socket. It is not documented, so that this file alone knows what it looks like. */
export interface NativeHandle {
  reading?: boolean;
  readStop(): number;
}

/** The handle below the socket; `undefined` when the socket is closed, or this Node has another kind of handles. */
export function nativeHandle(socket: Socket): NativeHandle | undefined {
  const { _handle: handle } = socket as Socket & { readonly _handle?: Partial<NativeHandle> | null };
  return typeof handle?.readStop === 'function' ? (handle as NativeHandle) : undefined;
}

/**
 * The handle as `send()` takes it: the receiver gets a copy, and this process keeps its own.
 *
 * The socket itself would not do: Node counts it out of its server, keeps a list of sockets for each process that it went to,
 * and closes it as soon as the other process has received it, whether or not anybody there takes it.
 */
export function sendable(handle: NativeHandle): SendHandle {
  // The types of Node do not mention what its own round robin sends.
  const known: object = handle;
  return known as SendHandle;
}

/**
 * Reads nothing more from a connection, for good; what the socket holds already is returned, as latin1.
 *
 * `pause()` alone would not do: Node goes on to read until the socket's buffer is full, and starts again in the next tick.
 */
export function stopReading(socket: Socket): string {
  socket._read = () => {};
  socket.pause();
  let rest = '';
  for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read())
    rest += chunk.toString('latin1');
  const handle = nativeHandle(socket);
  if (handle !== undefined) {
    handle.reading = false;
    handle.readStop();
  }
  return rest;
}
