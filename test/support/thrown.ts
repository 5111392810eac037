/** What `run` throws, or what its promise rejects with; fails when it does neither. */
export async function rejection<E = Error & { readonly code?: string; readonly details?: Record<string, unknown> }>(
  run: (() => unknown) | PromiseLike<unknown>,
): Promise<E> {
  try {
    await (typeof run === 'function' ? run() : run);
  } catch (error) {
    return error as E;
  }
  throw new Error('Nothing was thrown');
}
