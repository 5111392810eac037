/** Resolves when this time has passed: where the passing of time is what is tested, and no event could tell of it. */
export function passed(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
