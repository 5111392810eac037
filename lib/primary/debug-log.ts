import type { DebugLogOptions } from '../util/debug-log.js';

/**
 * The events of a primary that `NODE_DEBUG=phased-cluster` shows: every step of supervision, and no message.
 *
 * Without `sendError`, `reloadError`, `channelViolation`, `error` and the unhandled messages: these are warned of as long as nobody listens.
 */
export const loggedPrimaryEvents: DebugLogOptions['names'] = [
  'initialize',
  'initializeComplete',
  'initializeError',
  'setup',
  'fork',
  'workerFork',
  'workerOnline',
  'workerListening',
  'workerServerClose',
  'workerStandby',
  'workerReady',
  'addWorker',
  'removeWorker',
  'workerStatus',
  'workerHung',
  'workerError',
  'workerDisconnect',
  'workerExit',
  'workerReplace',
  'groupFailed',
  'storageExpire',
  'scale',
  'drain',
  'resume',
  'recycle',
  'reload',
  'reloadComplete',
  'shutDown',
  'shutDownComplete',
  'destroy',
  'destroyComplete',
];
