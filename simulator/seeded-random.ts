/** Chance from a seed, so that the same seed gives the same world, the same faults and the same ids every time. */

/** Draws the next number, from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/** FNV-1a: spreads any text over 32 bits. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
};

/**
 * A stream of chance of its own for each purpose: streams of one seed and different names do not disturb each other, so a
 * new fault rule leaves the draws of every other rule as they were. The generator is mulberry32.
 */
export const seededRandom = (seed: number, stream: string): Random => {
  let state = hashOf(`${String(seed)}/${stream}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** A text of `length` characters drawn from an alphabet. */
export const randomText = (random: Random, alphabet: string, length: number): string => {
  let text = '';
  while (text.length < length) text += alphabet.charAt(Math.floor(random() * alphabet.length));
  return text;
};
