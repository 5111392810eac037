/** The first of those for which `measure` is smallest; `undefined` when there is nobody. */
export function least<M>(members: Iterable<M>, measure: (member: M) => number): M | undefined {
  let best: M | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  for (const member of members) {
    const size = measure(member);
    if (best !== undefined && size >= smallest) continue;

    best = member;
    smallest = size;
  }
  return best;
}
