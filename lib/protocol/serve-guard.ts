import type { ServeWord } from './serving.js';

/** How many servers a worker may have at once; their ids are no greater. */
export const mostServers = 1_024;

/** How long the name of a host, or a path, may be. */
export const longestHost = 1_024;

const reportFields = ['connections', 'idle', 'handedOver', 'cut', 'resets', 'duration'];

type Fields = Readonly<Record<string, unknown>>;

/** By what is said. */
const shapes: { readonly [Act in ServeWord['act']]: (word: Fields) => boolean } = {
  listen: ({ spec }) => isListenSpec(spec),
  listening: ({ address }) => isAddress(address),
  failed: () => true,
  taken: ({ connection, accepted }) => isCount(connection) && typeof accepted === 'boolean',
  close: () => true,
  closed: ({ address, report }) => isAddress(address) && isReport(report),
};

/** Whether what a worker says about one of its servers may be used. It is untrusted: whatever it is, this does not throw. */
export function isServeWord(value: unknown): value is ServeWord {
  if (!isRecord(value)) return false;

  const { act } = value;
  return typeof act === 'string' && Object.hasOwn(shapes, act) && shapes[act as ServeWord['act']](value);
}

function isListenSpec(value: unknown): boolean {
  if (!isRecord(value)) return false;

  const { host, port, path, backlog, ipv6Only, balance, acrossGroups } = value;
  if (balance !== 'shared' && balance !== 'reusePort') return false;
  if (!(backlog === undefined || isAmount(backlog)) || !(ipv6Only === undefined || typeof ipv6Only === 'boolean'))
    return false;
  if (!isText(host) || !isText(path) || typeof acrossGroups !== 'boolean') return false;
  return port === undefined ? path !== undefined : isPort(port) && path === undefined;
}

function isAddress(value: unknown): boolean {
  if (!isRecord(value)) return false;

  const { address, port, addressType } = value;
  const isType = addressType === 4 || addressType === 6 || addressType === -1;
  return isType && (address === null || isText(address)) && (port === undefined || isPort(port));
}

function isReport(value: unknown): boolean {
  return isRecord(value) && reportFields.every(name => isAmount(value[name])) && Object.keys(value).length <= 16;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && value.length <= longestHost);
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isAmount(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}
