/** The middle of the values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const [left = Number.NaN, right = left] = sorted.slice(sorted.length % 2 === 0 ? middle - 1 : middle, middle + 1);
  return (left + right) / 2;
}
