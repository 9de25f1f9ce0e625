import type { InventoryPart } from "../../protocol/messages/index.ts";
import type { StoredObject } from "./content.ts";

/** Objects, and tasks, in one message, at most. */
const MAX_LISTED = 1 << 20;

/**
 * The messages that list the objects and tasks of a session.
 * @param opened when the session was opened, in milliseconds since the epoch
 */
export function inventoryOf(
  session: number,
  opened: number,
  objects: ReadonlyMap<number, StoredObject>,
  { running, finished }: Pick<InventoryPart, "running" | "finished">,
): InventoryPart[] {
  const all = [...objects];
  const messages: InventoryPart[] = [];
  for (let at = 0; at === 0 || at < Math.max(all.length, finished.length); at += MAX_LISTED) {
    const part = all.slice(at, at + MAX_LISTED);
    const contentTypes = [...new Set(part.map(([, { contentType }]) => contentType))];
    const indexes = new Map(contentTypes.map((contentType, index) => [contentType, index]));
    messages.push({
      session,
      opened,
      objects: Uint32Array.from(part, ([object]) => object),
      sizes: Float64Array.from(part, ([, { content }]) => content.size),
      contentTypes,
      contentType: Uint32Array.from(part, ([, { contentType }]) => indexes.get(contentType) ?? 0),
      running: at === 0 ? running : new Uint32Array(),
      finished: finished.slice(at, at + MAX_LISTED),
    });
  }
  return messages;
}
