import { hash32 } from '../util/hash32.js';

/**
 * The member whose name suits the key best; `undefined` when there is nobody.
 *
 * Every name has a weight for every key, and the heaviest wins. So a key moves only when the member that it belongs to
 * leaves, or when a newcomer suits it better: of the keys of all others none moves, whatever the order of the members.
 */
export function rendezvous<M extends { readonly name: string }>(members: Iterable<M>, key: string): M | undefined {
  const seed = hash32(key);
  let best: M | undefined;
  let heaviest = -1;
  for (const member of members) {
    const weight = hash32(member.name, seed);
    if (weight < heaviest || (weight === heaviest && best !== undefined && member.name >= best.name)) continue;

    best = member;
    heaviest = weight;
  }
  return best;
}
