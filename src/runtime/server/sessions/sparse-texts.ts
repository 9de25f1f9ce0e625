import { entryAt } from "../../collections/entry-at.ts";
import type { SparseTexts } from "../../protocol/messages/index.ts";

/** Yields the numbers of the tasks or objects that have a text, each with its text. */
export function* textsByNumber({ of, text }: SparseTexts): Generator<[number: number, text: string]> {
  for (const [i, number] of of.entries()) yield [number, entryAt(text, i)];
}
