/** Returns a random number in [0, 1). */
export type Random = () => number;

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** An integer from 0 to `count - 1`. */
export const below = (random: Random, count: number) => Math.floor(random() * count);

export function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list[below(random, list.length)];
}
