/**
 * A number from 0 to 2^32 - 1 that depends on every UTF-16 code unit of the text, and looks random.
 *
 * The same text and seed give the same number in every process and on every machine, for ever: whoever changes this moves
 * everybody's keys. It mixes as MurmurHash3 does, one code unit at a time; it is no protection against an adversary.
 *
 * @param seed an integer; each gives a function of its own. @default 0
 */
export function hash32(text: string, seed = 0): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) {
    const unit = Math.imul(text.charCodeAt(at), 0xcc9e2d51);
    hash ^= Math.imul((unit << 15) | (unit >>> 17), 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  return avalanche(hash ^ text.length);
}

/** Lets each bit have its say in each bit of the outcome. */
function avalanche(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
