/** Represents the bytes of an object: a number that almost certainly differs if they do. */
export type Content = number;

/** Computes a content from these parts. */
export function mixed(seed: number, parts: readonly number[]): Content {
  let hash = seed;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
