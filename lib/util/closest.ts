/** Nobody mistypes more than this; it also bounds the cost of a hostile word. */
const longestWord = 64;

/**
 * The candidate that `word` was most likely meant to be, or `undefined` when none is near.
 *
 * Near is at most one slip (a letter too many, too few, wrong, or two swapped) in every three letters. Case is ignored.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const longer = Math.max(word.length, candidate.length);
    if (longer > longestWord) continue;

    const slips = distance(word.toLowerCase(), candidate.toLowerCase());
    if (slips > Math.max(1, Math.floor(longer / 3)) || slips >= longer || slips >= fewest) continue;

    best = candidate;
    fewest = slips;
  }
  return best;
}

/** Edits, and swaps of neighbours, that turn one word into the other. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
