/** What `look` returns, or `otherwise` when it throws: getters and proxies may, when they are only looked at. */
export function attempt<T, F>(look: () => T, otherwise: F): T | F {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
