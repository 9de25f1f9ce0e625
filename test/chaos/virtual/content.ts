/** Stands for the bytes of an object: a number that differs, in all likelihood, whenever they would. */
export type Content = number;

/** The content that is made of these parts. */
export function mixed(seed: number, parts: readonly number[]): Content {
  let hash = seed;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
