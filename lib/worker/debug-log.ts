import type { DebugLogOptions } from '../util/debug-log.js';

/** The events of a worker that `NODE_DEBUG=phased-cluster` shows: the turns of its life, and no message. */
export const loggedWorkerEvents: DebugLogOptions['names'] = [
  'initialize',
  'initializeComplete',
  'initializeError',
  'activate',
  'serverListening',
  'statusChange',
  'primaryDisconnect',
  'socketDrain',
  'serverClose',
  'shutDown',
  'destroy',
  'destroyComplete',
];
