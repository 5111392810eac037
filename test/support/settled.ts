/** Lets every promise that can settle do so. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
