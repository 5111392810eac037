/** Stands in until the branch with the real one is merged. */
export function kindOfServer(server: unknown): 'http' | 'http2' | 'net' | undefined {
  const { listen, closeIdleConnections, updateSettings } = Object(server);
  if (typeof listen !== 'function' || typeof server === 'function') return undefined;
  return updateSettings ? 'http2' : closeIdleConnections ? 'http' : 'net';
}
